"""What all modes of one backtest share: the panel, its market and events, and what the data lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fundarb.engine.market import Market
from fundarb.engine.timeline import Timeline, build_timeline
from fundarb.research.rules import Setup
from fundarb.signals.gaps import missing_settlements
from fundarb.signals.known import opening_rows
from fundarb.signals.panel import Panel, Stamps


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What all modes of one backtest share: panel, market, timeline, and what the data lacks."""

    panel: Panel
    market: Market
    timeline: Timeline
    missing: int
    untradable: tuple[str, ...]
    excluded: Mapping[str, str]
    code_version: str
    by_turnover: bool


def set_stage(
    panel: Panel,
    setup: Setup,
    from_ms: int,
    to_ms: int,
    excluded: Mapping[str, str],
    code_version: str,
    chosen_by_turnover_ms: int | None = None,
    later: Mapping[str, Stamps] | None = None,
) -> Stage:
    """Lay out the range once for every mode. `excluded` are instruments left out before (no spot market);
    `later` the settlements stored beyond the range: with hindsight they tell a long interval from a missing payment."""
    market = Market(panel, spot_from_perp=setup.backtest.spot_source == "perp")
    delay_ms = setup.backtest.delay
    untradable = tuple(_untradable(panel, market, from_ms, to_ms, delay_ms))
    return Stage(
        panel,
        market,
        build_timeline(panel, from_ms, to_ms, delay_ms),
        _missing(panel, from_ms, to_ms, later or {}),
        untradable,
        {**excluded, **dict.fromkeys(untradable, "untradable")},
        code_version,
        chosen_by_turnover_ms is not None and from_ms < chosen_by_turnover_ms,
    )


def _missing(panel: Panel, from_ms: int, to_ms: int, later: Mapping[str, Stamps]) -> int:
    """Settlements that should have been and are not, of all pairs; known with hindsight, used by no decision."""
    settled = panel.settlements
    count = 0
    for index, pair in enumerate(panel.pairs):
        stamps = settled.settled_at[settled.rows(index)]
        beyond = later.get(pair.symbol)
        stamps = stamps if beyond is None else np.concatenate((stamps, beyond))
        count += len(missing_settlements(stamps, from_ms, to_ms, pair.gone_ms, pair.first_seen_ms))
    return count


def _untradable(panel: Panel, market: Market, from_ms: int, to_ms: int, delay_ms: int) -> Sequence[str]:
    """Pairs of which no settlement in [from, to) finds candles of both legs opening when its orders fill."""
    out = []
    for index, pair in enumerate(panel.pairs):
        at = panel.settlements.settled_at[panel.settlements.rows(index)]
        first, last = at.searchsorted((from_ms, to_ms)).tolist()
        at = np.minimum(at + delay_ms, to_ms)
        legs = [panel.perp.open_at[panel.perp.rows(index)]]
        if pair.symbol not in market.stand_ins:
            legs.append(panel.spot.open_at[panel.spot.rows(index)])
        if not any(_some_open(at[part], legs) for part in (slice(first, min(first + 8, last)), slice(first, last))):
            out.append(pair.symbol)
    return out


def _some_open(times: Stamps, legs: Sequence[Stamps]) -> bool:
    """Whether candles of all legs open at some of these times."""
    return bool(np.logical_and.reduce([opening_rows(open_at, times) >= 0 for open_at in legs]).any())
