"""Adversarial made-up markets: holes, spikes to the very level, mixed intervals and spans, listings that come and go.

Knobs are drawn by hypothesis, so that it can turn them off one by one; the paths between come from a seeded generator."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from fundarb.domain.instants import HOUR, MINUTE
from fundarb.domain.instrument import LotRule, Pair
from tests.engine.worlds import Bar, Stream, World

T0 = 1_704_067_200_000  # 2024-01-01
DAY_H = 24
NAMES = ("A", "B", "C", "Z")
RATES = (
    "0",
    "0.0001",
    "0.0003",
    "0.0003",
    "0.0006",
    "0.00125",
    "-0.0002",
    "-0.0011",
    "0.000300000000000001",
    "0.00030000000000000000001",
    "0.00005",
)
SPANS = ((1,), (1,), (4,), (8,), (1, 4), (1, 8), (2, 4, 8))
LOTS = ("0.001", "0.01", "0.03", "0.007", "0.25", "0.1")
LOT_SCALE = {Decimal(100): Decimal(1), Decimal("0.02"): Decimal(5000), Decimal(40_000): Decimal("0.002")}


@dataclass(frozen=True)
class PairKnobs:
    """How one pair misbehaves."""

    interval_h: int
    later_interval_h: int
    hole: float
    missing: tuple[float, float]
    spans: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]
    marks: float
    jump: float
    spike: float
    tick: Decimal
    multiplier: Decimal
    perp_step: Decimal
    spot_step: Decimal
    min_notional: Decimal
    mmr: Decimal | None
    listed_h: int | None
    gone_h: int | None
    dead_h: int | None
    rising: bool
    off_the_hour: bool
    level: Decimal


@dataclass(frozen=True)
class Market:
    """A world, its parameters and its range."""

    world: World
    sets: dict[str, str]
    span: tuple[int, int]


def _pick(*choices: Any) -> st.SearchStrategy[Any]:
    """One of these; the first is the plainest."""
    return st.sampled_from(choices)


pair_knobs = st.builds(
    PairKnobs,
    interval_h=_pick(8, 4, 2, 1),
    later_interval_h=_pick(8, 8, 4, 1),
    hole=_pick(0.0, 0.0, 0.0, 0.05, 0.3),
    missing=st.tuples(_pick(0.0, 0.0, 0.03, 0.2), _pick(0.0, 0.0, 0.03, 0.2, 0.6)),
    spans=st.tuples(_pick(*SPANS), _pick(*SPANS), _pick(*SPANS)),
    marks=_pick(0.0, 0.5, 1.0),
    jump=_pick(0.0, 0.03, 0.15),
    spike=_pick(0.0, 0.01, 0.05),
    tick=_pick(*(Decimal(tick) for tick in ("10", "1", "0.01", "0.0000001", "0.00000000000001"))),
    multiplier=_pick(Decimal(1), Decimal(1), Decimal(1000), Decimal(10)),
    perp_step=st.sampled_from(LOTS).map(Decimal),
    spot_step=st.sampled_from(LOTS).map(Decimal),
    min_notional=_pick(Decimal(0), Decimal(5), Decimal(400)),
    mmr=_pick(None, Decimal("0.01"), Decimal(0)),
    listed_h=_pick(None, 0, 26, 40),
    gone_h=_pick(None, None, 60, 79, 96),
    dead_h=_pick(None, None, None, 50, 70),
    rising=st.booleans(),
    off_the_hour=_pick(*[False] * 9, True),
    level=_pick(Decimal(100), Decimal(100), Decimal("0.02"), Decimal(40_000)),
)

parameters = st.fixed_dictionaries(
    {
        "costs.slippage_bps": _pick("0", "5", "37.5"),
        "costs.fee_spot": _pick("0", "0.001", "0.0123"),
        "costs.fee_perp": _pick("0", "0.00055"),
        "costs.spot_fee_in": _pick("quote", "base"),
        "costs.idle_apr": _pick("0", "0.04", "1.7"),
        "costs.delist_haircut": _pick("0.05", "0", "0.5"),
        "margin.mode": _pick("isolated", "isolated", "isolated", "none"),
        "margin.leverage": _pick("2", "1", "3", "5"),
        "margin.mmr": _pick("0.005", "0"),
        "margin.guard": _pick("0.2", "0", "0.05", "0.4"),
        "margin.liq_loss": _pick("all", "returned"),
        "risk.max_positions": _pick("2", "1", "3", "0"),
        "risk.max_portfolio": _pick("0.5", "null", "0.15", "1"),
        "risk.pair_cap": _pick("2000", "null", "700", "1234.5"),
        "risk.min_free_cash": _pick("0.1", "0", "0.6"),
        "risk.max_break_even_h": _pick(*["null"] * 7, "200"),
        "risk.min_volume": _pick(*["null"] * 7, "2300"),
        "strategy.min_hold_h": _pick("0", "0", "9", "24"),
        "strategy.exit_after_h": _pick("0", "0", "16", "33"),
        "strategy.simple.min_consecutive": _pick("1", "1", "2", "3"),
        "strategy.composite.enter": _pick("0.3", "0.45", "0.6"),
        "strategy.composite.exit": _pick("0.29", "0.2"),
        "strategy.band.enter": _pick("0.0003", "0.00022"),
        "strategy.band.exit": _pick("0.0002", "0"),
        "sizing.mode": _pick("fixed", "conviction"),
        "sizing.size_usd": _pick("1000", "3000", "333.33"),
        "sizing.c_min": _pick("0.3", "0.2"),
        "sizing.c_max": _pick("0.5", "0.8"),
        "sizing.drawdown_start": _pick("0.02", "0.0"),
        "sizing.rho": _pick("0", "0.6"),
        "backtest.close_at_end": _pick("true", "true", "false"),
        "backtest.spot_source": _pick("spot", "perp"),
        "capital": _pick("10000", "1500"),
    }
)


@dataclass(frozen=True)
class Recipe:
    """All that a market is made from; small enough to be shown."""

    knobs: list[PairKnobs]
    days: int
    start_h: int
    end_h: int
    sets: dict[str, str]
    own_slippage: bool
    seed: int
    warm_days: int

    def market(self) -> Market:
        """`warm_days` of settlements come before anything else: scores need a week."""
        noise, warm_h = random.Random(self.seed), self.warm_days * DAY_H
        start_h, to_h = warm_h + self.start_h, warm_h + self.days * DAY_H + self.end_h
        named = zip(NAMES, self.knobs, strict=False)
        world = tuple(_stream(f"{name}/USDT:USDT", own, warm_h, to_h + 9, noise) for name, own in named)
        own = {f"costs.pairs.{world[0].pair.symbol}.slippage_bps": "11"} if self.own_slippage else {}
        return Market(world, self.sets | own, (T0 + start_h * HOUR, T0 + max(to_h, start_h + 1) * HOUR))


def recipes(warm_days: int = 0) -> st.SearchStrategy[Recipe]:
    """Two to four pairs over one to six days."""
    return st.builds(
        Recipe,
        knobs=st.lists(pair_knobs, min_size=2, max_size=4),
        days=st.integers(1, 6),
        start_h=_pick(0, 8, 13),
        end_h=_pick(0, 8, 13, -3),
        sets=parameters,
        own_slippage=st.booleans(),
        seed=st.integers(0, 2**32),
        warm_days=st.just(warm_days),
    )


def _stream(symbol: str, knobs: PairKnobs, warm_h: int, end_h: int, noise: random.Random) -> Stream:
    path, scale = _path(knobs, max(warm_h - DAY_H, 0), end_h, noise), LOT_SCALE[knobs.level]
    pair = Pair(
        symbol,
        symbol.partition(":")[0],
        knobs.multiplier,
        LotRule(knobs.perp_step * scale, knobs.perp_step * scale, knobs.min_notional),
        LotRule(knobs.spot_step * scale, knobs.spot_step * scale * knobs.multiplier, Decimal(0)),
        _moment(knobs.listed_h, warm_h),
        _moment(knobs.gone_h, warm_h),
        knobs.mmr,
    )
    perp_missing, spot_missing = knobs.missing
    stand_in = spot_missing == 0.6 and knobs.spike  # now and then no spot candle at all
    return Stream(
        pair,
        _settlements(knobs, warm_h, end_h, noise),
        perp=_bars(path, knobs, knobs.spans[0], perp_missing, noise, Decimal(1)),
        spot=() if stand_in else _bars(path, knobs, knobs.spans[1], spot_missing, noise, 1 / knobs.multiplier),
        mark=_bars(path, knobs, knobs.spans[2], 1 - knobs.marks, noise, Decimal(1)) if knobs.marks else (),
    )


def _moment(hour: int | None, warm_h: int) -> int | None:
    return None if hour is None else T0 + (warm_h + hour) * HOUR


def _settlements(knobs: PairKnobs, warm_h: int, end_h: int, noise: random.Random) -> tuple[tuple[int, Decimal], ...]:
    shift = 30 * MINUTE if knobs.off_the_hour else 0
    found: list[tuple[int, Decimal]] = []
    hour, rate = 0, noise.choice(RATES)
    last_h = end_h if knobs.dead_h is None else min(end_h, warm_h + knobs.dead_h)
    while hour <= last_h:
        if noise.random() < 0.5:
            rate = noise.choice(RATES)
        if noise.random() >= knobs.hole or not found:
            found.append((T0 + hour * HOUR + shift, Decimal(rate)))
        hour += knobs.interval_h if hour < warm_h + 30 else knobs.later_interval_h
    return tuple(found)


def _path(knobs: PairKnobs, first_h: int, end_h: int, noise: random.Random) -> dict[int, float]:
    """A price an hour; now and then it jumps, mostly up."""
    level, found = float(knobs.level), {}
    for hour in range(first_h, end_h + 9):
        if noise.random() < knobs.jump:
            level *= noise.choice((1.2, 1.5, 1.07, 1.05) if knobs.rising else (1.2, 0.8, 0.95, 0.7))
        elif knobs.tick < 1:
            level *= 1 + noise.randint(-30, 30) / 10_000
        found[hour] = level
    return found


def _bars(
    path: dict[int, float],
    knobs: PairKnobs,
    spans: tuple[int, ...],
    missing: float,
    noise: random.Random,
    scale: Decimal,
) -> tuple[Bar, ...]:
    price = _on_tick(knobs, scale)
    found = []
    for span in spans:
        for hour in path:
            if hour % span or hour + span not in path or noise.random() < missing:
                continue
            opened, close = price(path[hour]), price(path[hour + span])
            high = max(opened, close)
            if noise.random() < knobs.spike:
                high = price(path[hour] * noise.choice((1.5, 1.2, 2.0, 1.493)))
            low, volume = min(opened, close), Decimal(noise.choice((0, 1, 1, 3))) + noise.choice((0, Decimal("0.25")))
            found.append(Bar(T0 + hour * HOUR, span * HOUR, opened, max(high, opened, close), low, close, volume))
    return tuple(sorted(found))


def _on_tick(knobs: PairKnobs, scale: Decimal) -> Callable[[float], Decimal]:
    """Prices on the pair's grid, which for cheap pairs is finer; never zero."""
    size = min(knobs.tick, knobs.level / 10)

    def price(value: float) -> Decimal:
        return max(round(value / float(size)), 1) * size * scale

    return price
