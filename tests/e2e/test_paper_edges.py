"""Paper over the edges of its recording, beside a backtest of it: what must be the same is, the rest has its reason."""

from __future__ import annotations

from pathlib import Path

from fundarb.reporting import line_reasons as reasons
from tests.e2e.paper_edges import PaperTrader, said_of, unexplained
from tests.e2e.trading import named
from tests.sandbox.running import spawned_sandbox

POLL = ("--set", "trade.poll=30m", "--set", "sizing.size_usd=500")
DARK = {f"2026-02-0{day}T{hour}:00:00Z" for day, hour in ((1, "08"), (1, "16"), (2, "00"))}  # what settled meanwhile
SIMPLE = (
    *("--mode", "simple", "--set", "strategy.simple.entry=0.00009", "--set", "strategy.simple.exit=0.000089"),
    *("--set", "universe.pairs=[DOGE,SOL]"),
)


def test_a_band_is_fitted_anew_in_the_new_month_as_in_a_backtest_whatever_was_dark_meanwhile(tmp_path: Path) -> None:
    """The month turns while it trades; then nothing answers, for longer than it waits; later two looks fail."""
    with spawned_sandbox("--pairs", "12", "--start", "2026-01-31T08:00Z", "--speed", "step") as sandbox:
        trader = PaperTrader(
            sandbox.url, tmp_path, ("--mode", "band", "--set", "universe.pairs=[BTC,ETH]", *POLL), 60.0
        )
        assert trader.trade_into_the_dark("2026-02-01T00:00Z") == 4
        trader.rest("2026-02-02T05:00Z")
        trader.trade("2026-02-02T08:00Z", looks_that_fail=2)
    january, february, march = trader.fitted("2026-01", "2026-02", "2026-03")
    assert january is not None
    assert february not in (None, january)
    assert march is None
    compared = trader.compared()
    assert unexplained(compared) == []
    assert said_of(compared, "fill").keys() == {reasons.PRICED}
    assert said_of(compared, "funding").keys() == {"same"}
    assert {row["time"] for row in compared["lines"] if row["kind"] == "funding"} >= DARK
    assert [row["month"] for row in trader.by_month()] == ["2026-01", "2026-02"]
    assert len(named(trader.told, "outage")) == 2


def test_what_was_decided_late_or_never_is_told_from_what_follows_of_it(tmp_path: Path) -> None:
    """A rate rises while nobody looks: paper enters later and dearer than a backtest, and its payment differs in that."""
    with spawned_sandbox("--pairs", "12", "--start", "2026-01-11T16:00Z", "--speed", "step") as sandbox:
        trader = PaperTrader(sandbox.url, tmp_path, (*SIMPLE, *POLL), 60.0)
        assert trader.trade_into_the_dark("2026-01-11T16:00Z") == 4
        trader.rest("2026-01-12T13:00Z")
        trader.trade("2026-01-12T20:00Z")
    compared = trader.compared()
    assert unexplained(compared) == []
    assert compared["reasons"].keys() == {reasons.MISSED, reasons.LATE, reasons.FOLLOWS, reasons.PRICED}
    assert compared["reasons"][reasons.MISSED] == compared["reasons"][reasons.LATE] == 2
    assert said_of(compared, "funding")[reasons.FOLLOWS] == 1
