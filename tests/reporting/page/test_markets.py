"""Rates per 8 h and the basis of a pair, from what is stored of it."""

from __future__ import annotations

import numpy as np
import pytest

from fundarb.domain.instants import HOUR
from fundarb.domain.market import Span
from fundarb.reporting.page.markets import pair_market
from fundarb.reporting.page.material import MOST_PAIRS, most_traded
from fundarb.signals.panel import CandleColumns, SettlementColumns
from tests.engine.scenes import pair
from tests.reporting.page.materials import made_run
from tests.reporting.trials import T0

BTC = pair("BTC", {}).pair


def candles(opens: list[int], closes: list[float], span_ms: int = HOUR) -> CandleColumns:
    """Of one market; only closes differ."""
    at, values = np.array(opens, dtype=np.int64), np.array(closes)
    return CandleColumns(at, np.full(len(at), span_ms, dtype=np.int64), values, values, values, values, values)


def test_rates_are_per_eight_hours_and_the_one_before_gives_the_first_its_interval() -> None:
    at = T0 + np.arange(-1, 3, dtype=np.int64) * 4 * HOUR
    settled = SettlementColumns(at, np.array([0.0005, 0.0001, 0.0002, -0.0001]))
    found = pair_market(BTC, settled, candles([], []), candles([], []), Span(T0, T0 + 9 * HOUR))
    assert found.settled_at.tolist() == at[1:].tolist()
    assert found.rate_8h_bp.tolist() == pytest.approx([2.0, 4.0, -2.0])
    assert not len(found.closed_at)


def test_the_basis_stands_where_both_legs_close_together() -> None:
    perp = candles([T0, T0 + HOUR, T0 + 2 * HOUR], [100.0, 101.0, 102.0])
    spot = candles([T0 + HOUR, T0 + 2 * HOUR, T0 + 3 * HOUR], [100.0, 102.0, 99.0])
    none = SettlementColumns(np.array([], dtype=np.int64), np.array([]))
    found = pair_market(BTC, none, perp, spot, Span(T0, T0 + 9 * HOUR))
    assert found.closed_at.tolist() == [T0 + 2 * HOUR, T0 + 3 * HOUR]
    assert found.basis_bp.tolist() == pytest.approx([1e4 * np.log(1.01), 0.0])


def test_what_was_known_when_the_span_began_is_kept_so_that_an_entry_there_has_a_place() -> None:
    at = T0 + np.arange(-3, 1, dtype=np.int64) * 8 * HOUR + HOUR
    settled = SettlementColumns(at, np.full(4, 0.0001))
    legs = candles([T0 - 2 * HOUR, T0, T0 + HOUR], [100.0, 101.0, 102.0])
    found = pair_market(BTC, settled, legs, legs, Span(T0 + HOUR // 2, T0 + 9 * HOUR))
    assert found.settled_at.tolist() == at[2:].tolist()
    assert found.closed_at.tolist() == [T0 - HOUR, T0 + HOUR, T0 + 2 * HOUR]


def test_the_most_traded_pairs_come_first_and_are_not_too_many() -> None:
    pairs = [f"C{number:02}/USDT:USDT" for number in range(30)]
    assert most_traded([made_run(pairs)]) == tuple(pairs[:MOST_PAIRS])
    again = made_run(pairs[25:], run_id="2" * 16)
    assert most_traded([made_run(pairs), again])[:5] == tuple(pairs[25:])
