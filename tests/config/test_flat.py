"""`flat` is what a run is identified by: all that can change a result, in one order, in canonical digits."""

from __future__ import annotations

import pickle

import pytest

from tests.config.asking import resolved


def test_equal_settings_are_flat_alike_however_they_were_written() -> None:
    one = resolved("capital: 1e4\nrisk: {max_break_even_h: null}\nuniverse: {pairs: ~}\n").settings
    assert one.flat() == resolved().settings.flat()
    pairs = ["costs.pairs.B.fee_spot=0.10", "costs.pairs.A.fee_spot=0"]
    assert list(resolved(sets=pairs).settings.flat().items()) == list(
        resolved(sets=pairs[::-1]).settings.flat().items()
    )


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ("strategy.band.enter=0.0003", "0.0003"),
        ("margin.guard=null", "0"),
        ("costs.pairs.BTC.slippage_bps=0.50", "0.5"),
        ("universe.pairs=BTC", "[BTC]"),
        ("backtest.close_at_end=false", "false"),
    ],
)
def test_what_can_change_a_result_is_in_it(change: str, text: str) -> None:
    flat = resolved(sets=[change]).settings.flat()
    assert flat[change.partition("=")[0]] == text
    assert flat != resolved().settings.flat()


@pytest.mark.parametrize(
    "change",
    ["venue.id=okx", "fetch.days=3", "trade.poll=1s", "trade.daily_loss=0.1", "notify.webhook=https://x.example"],
)
def test_what_cannot_is_not(change: str) -> None:
    assert resolved(sets=[change]).settings.flat() == resolved().settings.flat()


def test_it_is_sorted_and_null_is_none() -> None:
    flat = resolved().settings.flat()
    assert list(flat) == sorted(flat)
    assert flat["strategy.band.enter"] is None


def test_settings_travel_to_other_processes() -> None:
    settings = resolved(sets=["costs.pairs.BTC.fee_spot=0"]).settings
    assert pickle.loads(pickle.dumps(settings)) == settings


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        resolved().settings.strategy.simple.entry = resolved().settings.capital  # type: ignore[misc]  # what is refused is the assignment
