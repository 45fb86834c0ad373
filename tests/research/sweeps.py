"""Made-up sweeps whose truth is known: returns of a grid of sets that are noise, or noise with an edge in one corner.

Neighbours on the grid are alike, all sets share a market, days hang together and have fat tails: noise that looks like
something. A `Run` takes its days from the matrix, so that a walk-forward sees what the whole sweep sees."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache

import numpy as np
from numpy.typing import NDArray

from fundarb.domain.instants import DAY
from fundarb.domain.market import Span
from fundarb.domain.result import METRICS
from fundarb.ports.trials import Tried
from fundarb.reporting.verdict import Verdict, judge
from fundarb.research.folds import lay_folds, read_windows
from fundarb.research.honesty import Search, honesty
from fundarb.research.neighbourhood import average_over_neighbours, best, objective
from fundarb.research.search.lanes import COUNTS, TOTALS, Outcomes
from fundarb.research.walk_forward import walk_forward
from fundarb.statistics.performance import YEAR_DAYS, sharpe

Floats = NDArray[np.float64]
T0 = 1_704_067_200_000
SIDE, DAYS = 8, 730
DEVIATION = 0.002  # of a day
TURNOVER = 2e-5  # what a day's trading costs, paid once more where costs are doubled
CORNER = (5, 2)


@dataclass(frozen=True)
class Point:
    """A set of the grid."""

    place: tuple[int, int]

    @property
    def params(self) -> Mapping[str, str | None]:
        return {"strategy.simple.entry": str(self.place[0]), "strategy.simple.exit": str(self.place[1])}


POINTS = tuple(Point((row, column)) for row in range(SIDE) for column in range(SIDE))


@dataclass(frozen=True, eq=False)
class MadeUp:
    """Daily returns (days × sets in the order of POINTS), and those of holding; the ledger of what was trained on it."""

    daily: Floats
    hold: Floats
    trained: list[Tried] = field(default_factory=list)

    async def train(self, span: Span) -> Floats:
        """Every point on a training stretch."""
        metrics = self.run(span, POINTS, Decimal(10_000)).metrics
        self.trained.append(tried(metrics, (span.end_ms - span.start_ms) // DAY))
        return metrics

    async def trade(self, span: Span, chosen: Point, capital: Decimal) -> Outcomes:
        """One of them on a test stretch."""
        return self.run(span, [chosen], capital)

    def run(self, span: Span, candidates: Sequence[Point], capital: Decimal) -> Outcomes:
        """The days of the span; net compounds on the capital."""
        days = slice((span.start_ms - T0) // DAY, (span.end_ms - T0) // DAY)
        rows = [POINTS.index(one) for one in candidates]
        return outcomes(self.daily[days][:, rows], float(capital))


def outcomes(daily: Floats, capital: float) -> Outcomes:
    """What a lane would say of these returns (days × sets)."""
    sets = daily.shape[1]
    metrics, totals = np.full((sets, len(METRICS)), np.nan), np.zeros((sets, len(TOTALS)))
    counts = np.zeros((sets, len(COUNTS)), dtype=np.int64)
    for row in range(sets):
        found = sharpe(daily[:, row], YEAR_DAYS)
        metrics[row, METRICS.index("sharpe_daily")] = np.nan if found is None else found
    metrics[:, METRICS.index("avg_hold_hours")] = 24.0
    totals[:, TOTALS.index("net")] = capital * (np.prod(1 + daily, axis=0) - 1)
    counts[:, COUNTS.index("trades")] = len(daily) // 2
    return Outcomes(metrics, totals, counts, daily.T.copy())


def tried(metrics: Floats, days: int) -> Tried:
    """What a ledger says of trials of so many days, tried beside each other."""
    return Tried(
        metrics[:, METRICS.index("sharpe_daily")], np.full(len(metrics), days), np.zeros(len(metrics), np.int64)
    )


@cache
def used_ledger() -> Tried:
    """Of a store on which twenty sweeps of a month to four years were run before, all over noise."""
    lengths = np.random.default_rng(20).integers(30, 1460, 20).tolist()
    found = [
        tried(outcomes(made_up(1000 + seed, days=days).daily, 1.0).metrics, days) for seed, days in enumerate(lengths)
    ]
    return joined(found)


def joined(ledgers: Iterable[Tried]) -> Tried:
    """One after another, each beside itself alone."""
    listed = list(ledgers)
    values, days, beside = map(np.concatenate, zip(*listed, strict=True))
    shift = np.repeat(1000 * np.arange(len(listed)), [len(one.values) for one in listed])
    return Tried(values, days, beside + shift)


def made_up(seed: int, edge: float = 0.0, days: int = DAYS) -> MadeUp:
    """Noise; with `edge` the Sharpe of a year at its corner, falling off over the grid."""
    draw = np.random.default_rng(seed)
    own = draw.standard_t(4, (days, SIDE, SIDE))
    own = np.sum([np.roll(own, (down, across), (1, 2)) for down in (-1, 0, 1) for across in (-1, 0, 1)], axis=0) / 3
    market = draw.standard_t(4, (days, 1))
    raw = 0.7 * own.reshape(days, -1) + 0.7 * market
    for day in range(1, days):
        raw[day] += 0.15 * raw[day - 1]
    daily = DEVIATION * raw / raw.std()
    hold = DEVIATION * (0.7 * market[:, 0] + 0.7 * draw.standard_t(4, days)) / 1.4
    distance = np.array(
        [(row - CORNER[0]) ** 2 + (column - CORNER[1]) ** 2 for row, column in (p.place for p in POINTS)]
    )
    return MadeUp(daily + edge * DEVIATION / np.sqrt(YEAR_DAYS) * np.exp(-distance / 3), hold)


@dataclass(frozen=True)
class Swept:
    """What a sweep came to: the set it names and the verdict."""

    winner: Point
    verdict: Verdict


def sweep(made: MadeUp, seed: int = 0, earlier: Sequence[Tried] = ()) -> Swept:
    """A whole sweep: the winner by its neighbourhood, the walk-forward, the statistics, the verdict; `earlier` is what the
    ledger holds before it."""
    whole = outcomes(made.daily, 10_000.0)
    scores = objective(whole.metrics, "sharpe_daily")
    row = best(average_over_neighbours(POINTS, scores), scores)
    assert row is not None
    span = Span(T0, T0 + DAYS * DAY)
    folds = lay_folds(span, read_windows("300d", "60d", "7d"))
    made = replace(made, trained=[])
    walk = asyncio.run(
        walk_forward(folds, POINTS, made.train, made.trade, metric="sharpe_daily", capital=Decimal(10_000), seed=seed)
    )
    ledger = joined([*earlier, tried(whole.metrics, DAYS), *made.trained])
    winner = made.daily[:, row]
    benchmarks = {"cash": np.zeros(DAYS), "hold": made.hold, "simple": made.daily[:, 0]}
    own = whole.metrics[:, METRICS.index("sharpe_daily")]
    found = honesty(Search(winner, made.daily, benchmarks, own, ledger, held_days=1.0, seed=seed))
    dearer = 10_000.0 * float(np.prod(1 + winner - TURNOVER) - 1)
    return Swept(POINTS[row], judge(found, walk, dearer))
