"""The trailing panel says of now what the whole history says: every strategy, on random markets with holes and gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundarb.adapters.sqlite.panel_load import load_panel, load_trailing
from fundarb.domain.instants import DAY, HOUR
from fundarb.domain.instrument import Pair
from fundarb.domain.market import Span
from fundarb.engine.planned import PlannedReplay
from fundarb.engine.timeline import build_timeline
from fundarb.signals.lookback import Reach
from fundarb.signals.panel import CandleColumns, Panel, SettlementColumns
from fundarb.strategy.band import BandParams
from fundarb.strategy.composite import CompositeParams, Weights
from fundarb.strategy.params import StrategyParams
from fundarb.strategy.plan import Setting
from fundarb.strategy.simple import SimpleParams
from fundarb.strategy.table import PREPARE
from tests.signals.making import T0
from tests.signals.markets import Market, market

PARAMS = StrategyParams(
    simple=SimpleParams(entry=Decimal("0.0002"), exit=Decimal("0.0001"), min_consecutive=3),
    composite=CompositeParams(enter=Decimal("0.6"), exit=Decimal("0.55"), weights=Weights(volume=Decimal("0.1"))),
    band=BandParams(enter=Decimal("0.0001"), exit=Decimal("-0.00005")),
)


@dataclass
class MarketColumns:
    """As much of a MarketReader as a panel needs; `rows` counts what was read."""

    market: Market
    rows: int = 0

    async def pairs(self, as_of_ms: int) -> tuple[Pair, ...]:
        """All of them."""
        return tuple(self.market.pairs)

    async def revision(self) -> str:
        """It never changes."""
        return "one"

    async def settlement_columns(self, symbol: str, span: Span, as_of_ms: int) -> SettlementColumns:
        """The settlements of a span."""
        stream = self._of(symbol).settlements
        kept = (stream.settled_at >= span.start_ms) & (stream.settled_at < span.end_ms)
        self.rows += int(kept.sum())
        return SettlementColumns(stream.settled_at[kept], stream.rate[kept])

    async def candle_columns(self, symbol: str, name: str, span: Span, as_of_ms: int) -> CandleColumns:
        """The candles opening in a span."""
        columns: CandleColumns = getattr(self._of(symbol), name)
        kept = (columns.open_at >= span.start_ms) & (columns.open_at < span.end_ms)
        self.rows += int(kept.sum())
        names = ("open_at", "span_ms", "open", "high", "low", "close", "volume")
        return replace(columns, **{one: getattr(columns, one)[kept] for one in names})

    def _of(self, symbol: str) -> Any:
        return self.market.streams[[pair.symbol for pair in self.market.pairs].index(symbol)]


def opinion(panel: Panel, mode: str, at_ms: int) -> list[Any]:
    """All that a plan says at one moment."""
    setting = Setting(T0, np.array([at_ms]), 41.0, 0.3)
    planned = PlannedReplay(PREPARE[mode](panel, PARAMS, setting), panel, build_timeline(panel, at_ms, at_ms))
    row = planned.row(0)
    each = [(row.leaves(one), row.settled_at(one), row.forecast(one), planned.score(0, one)) for one in planned.names]
    return [row.entering, *each]


async def both(made: Market, at_ms: int, reach: Reach) -> tuple[Panel, Panel, int]:
    """The whole panel, the trailing one, and how many rows that took."""
    reader: Any = MarketColumns(made)
    symbols: Sequence[str] = [pair.symbol for pair in made.pairs]
    whole = await load_panel(reader, symbols, at_ms)
    reader.rows = 0
    return whole, await load_trailing(reader, symbols, at_ms, reach), reader.rows


@pytest.mark.parametrize("mode", PREPARE)
@given(seed=st.integers(0, 2**32), day=st.integers(1, 220))
@settings(max_examples=12, deadline=None)
async def test_now_is_what_it_would_be_with_all_of_history(mode: str, seed: int, day: int) -> None:
    at_ms = T0 + day * DAY + seed % 24 * HOUR
    whole, trailing, _ = await both(market(seed, days=220), at_ms, Reach())
    assert opinion(trailing, mode, at_ms) == opinion(whole, mode, at_ms)


async def test_what_is_not_needed_is_not_read() -> None:
    made = market(3, days=400)
    whole, trailing, rows = await both(made, T0 + 400 * DAY, Reach())
    assert rows < 0.6 * sum(len(part.open_at) for part in (whole.perp, whole.spot))
    assert 0 < len(trailing.settlements.rate) < 0.6 * len(whole.settlements.rate)


async def test_a_short_reach_still_holds_the_rows_it_counts() -> None:
    made = market(5, days=100)
    at_ms = T0 + 100 * DAY
    whole, trailing, _ = await both(made, at_ms, Reach(4 * 8 * HOUR, 3))
    assert opinion(trailing, "simple", at_ms) == opinion(whole, "simple", at_ms)
    assert len(trailing.settlements.rate) < 0.2 * len(whole.settlements.rate)


async def test_a_pair_without_a_settlement_has_none_in_the_trailing_panel() -> None:
    made = market(5, days=30)
    _, trailing, _ = await both(made, T0 - DAY, Reach())
    assert len(trailing.settlements.rate) == 0
