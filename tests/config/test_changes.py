"""What differs between two configurations is named, never its secrets; some of it cannot change while trading."""

from __future__ import annotations

from fundarb.config import Settings, override
from fundarb.config.changes import cannot_change, changes, later


def changed(**sets: str) -> dict[str, tuple[str | None, str | None]]:
    """What differs from the packaged defaults once these are set (`_` for a dot, twice for itself)."""
    return changes(
        Settings(), override(Settings(), {path.replace("__", "."): raw for path, raw in sets.items()}, "test")
    )


def test_every_value_that_differs_is_named_with_both_texts() -> None:
    assert changed(trade__poll="1m", strategy__mode="band", capital="10000.0") == {
        "strategy.mode": ("simple", "band"),
        "trade.poll": ("10s", "1m"),
    }
    assert changed() == {}


def test_values_of_single_pairs_come_and_go() -> None:
    assert changed(**{"costs__pairs__BTC/USDT:USDT__slippage_bps": "7"}) == {
        "costs.pairs.BTC/USDT:USDT.slippage_bps": (None, "7")
    }


def test_a_secret_that_differs_is_named_and_not_shown() -> None:
    assert changed(notify__webhook="https://one.example/hook?key=canary") == {"notify.webhook": (None, "***")}


def test_the_venue_and_how_it_margins_stay() -> None:
    paths = ["venue.url", "venue.id", "margin.mode", "margin.leverage", "notify.webhook", "trade.poll", "capital"]
    assert cannot_change(paths) == ["venue.url", "venue.id", "margin.mode"]
    assert later(paths) == ["notify.webhook", "capital"]
