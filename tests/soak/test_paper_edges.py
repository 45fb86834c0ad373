"""Six weeks of paper over two month ends and the end of a pair, with darkness short and long: beside a backtest of the
recording every line is the same or has its reason, and each reason is one that what happened explains."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from fundarb.domain.money import ZERO, parse
from fundarb.reporting import line_reasons as reasons
from tests.e2e.paper_edges import PaperTrader, said_of, unexplained
from tests.e2e.trading import ledger, named
from tests.sandbox.running import spawned_sandbox

PAIR = "KRUFORA/USDT:USDT"  # leaves on 2026-05-25 at 10:00, announced on the 22nd
SETS = (
    "universe.pairs=[BTC,ETH,SOL,KRUFORA]",
    "sizing.size_usd=500",
    "strategy.simple.entry=0.00009",
    "strategy.simple.exit=0.00005",
    "trade.poll=30m",
)
DARK = {reasons.MISSED, reasons.LATE, reasons.FOLLOWS, reasons.PRICED}
ALWAYS = DARK | {reasons.SIZED}


@pytest.mark.parametrize("mode", ["hold", "simple", "band"])
@pytest.mark.parametrize("away_at_the_end", [False, True])
def test_every_line_of_six_weeks_is_the_same_or_has_its_reason(
    mode: str, away_at_the_end: bool, tmp_path: Path
) -> None:
    begun = time.monotonic()
    options = ("--mode", mode, *(word for one in SETS for word in ("--set", one)))
    with spawned_sandbox("--pairs", "12", "--start", "2026-04-24T08:00Z", "--speed", "step") as sandbox:
        trader = PaperTrader(sandbox.url, tmp_path, options, 3600.0)
        assert trader.trade_into_the_dark("2026-04-30T16:00Z") == 4  # over the end of a month
        trader.rest("2026-05-01T21:00Z")
        trader.trade("2026-05-10T00:00Z", looks_that_fail=2)
        trader.rest("2026-05-10T07:30Z")  # away over no settlement of most
        trader.trade("2026-05-22T00:00Z")
        if away_at_the_end:
            trader.rest("2026-05-25T13:00Z")
        trader.trade("2026-06-03T00:00Z")  # the next month begins while it trades
    compared, paid = trader.compared(), sum(line.kind == "funding" for line in ledger(tmp_path))
    sys.stdout.write(
        f"{mode}, {'away' if away_at_the_end else 'there'} at the end of a pair: {len(compared['lines'])} lines, {paid} of "
        f"them payments, {compared['causes'].get('same', {}).get('lines', 0)} the same; {compared['reasons']}; "
        f"{time.monotonic() - begun:.0f} s\n"
    )
    assert unexplained(compared) == []
    assert set(said_of(compared, "funding")) <= {"same", reasons.FOLLOWS}
    ended = [row for row in compared["lines"] if row["pair"] == PAIR and row["kind"] == "delisting"]
    assert {row["because"] for row in ended} <= {None, reasons.LATE, reasons.FOLLOWS, reasons.MISSED}
    said = {word for word in compared["reasons"] if not word.startswith(reasons.REFUSED)}
    assert said <= ALWAYS | ({reasons.AHEAD} if not away_at_the_end else set())
    months = trader.by_month()
    assert [row["month"] for row in months if row["month"] != "rest"] == ["2026-04", "2026-05", "2026-06"]
    assert sum((parse(row["funding"]) for row in months), ZERO) == sum(
        (line.cash for line in ledger(tmp_path) if line.kind == "funding"), ZERO
    )
    if mode == "band":
        fits = trader.fitted("2026-04", "2026-05", "2026-06")
        assert None not in fits
        assert len(set(fits)) == 3
    if mode == "hold":
        assert bool(named(trader.told, "leaving")) is not away_at_the_end
        assert (reasons.AHEAD in said) is not away_at_the_end
