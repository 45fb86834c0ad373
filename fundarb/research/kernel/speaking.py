"""Strategies as voices: which values they compare, at which edges. One without a line here is swept in the exact lane."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Sequence
from decimal import Decimal
from functools import cache, lru_cache
from typing import Protocol

import numpy as np

from fundarb.accounting.fees import round_trip_bp
from fundarb.research.kernel.tape import RowsInPlay
from fundarb.research.kernel.voices import Voice, by_pair, from_units, in_order, voice
from fundarb.research.rules import Setup, charge_bp, costs_by_pair
from fundarb.research.stage import Stage
from fundarb.signals.panel import Floats, SettlementRows, Stamps
from fundarb.strategy.band import as_bp
from fundarb.strategy.plan import ABSENT, at_least_units

REMEMBERED = 4096  # edges


class Speaker(Protocol):
    """One strategy on one stage."""

    @property
    def mixes(self) -> bool:
        """Whether sets of different keys can share a voice whose score each mixes for itself."""
        ...

    @property
    def regime_of(self) -> Stamps:
        """Which of the edges hold at each event."""
        ...

    def key(self, setup: Setup) -> Hashable:
        """Sets with the same key share a voice."""
        ...

    def shared(self, setup: Setup) -> Voice:
        """The voice of all sets with the key of this one, sorted."""
        ...

    def mixed(self, setups: Sequence[Setup]) -> Voice:
        """One voice for sets of any keys, each with a blend of its own."""
        ...

    def blends(self, setups: Sequence[Setup]) -> Floats:
        """What each set mixes; nothing to read where voices are shared."""
        ...

    def edges(self, setups: Sequence[Setup]) -> Floats:
        """(sets, regimes, 2): the least value that enters, the least that stays; NaN never."""
        ...


class Simple:
    """The lowest of the last `min_consecutive` rates against `entry`, the last against `exit`.

    A rate's value is its place among all rates there are, so that whatever their digits they compare exactly."""

    mixes = False

    def __init__(self, stage: Stage, rows: RowsInPlay) -> None:
        from fundarb.signals.rates import rate_keys

        self._settlements, self._rows = stage.panel.settlements, rows
        self._keys = rate_keys(self._settlements)
        self._all, place = np.unique(self._keys.key, return_inverse=True)
        self._level = np.where(self._keys.known, place, np.nan)
        self.regime_of = np.zeros(len(stage.timeline.times), dtype=np.int64)
        self._edge = lru_cache(REMEMBERED)(self._find_edge)

    def key(self, setup: Setup) -> Hashable:
        """How many rates must reach the entry."""
        return setup.strategy.simple.min_consecutive

    def shared(self, setup: Setup) -> Voice:
        """Entering on the lowest of the last ones, leaving and ranked on the last."""
        level, count = self._level, setup.strategy.simple.min_consecutive
        values = np.array([lowest_of_last(self._settlements, level, count), level, np.full(len(level), np.nan)])
        said = voice(np.take(values, self._rows.source, axis=1), (0, 1, 1, 2, 2), np.empty((0, 0)))
        return in_order(said, self._rows)

    def mixed(self, setups: Sequence[Setup]) -> Voice:
        """Each count of rates has its own voice."""
        raise TypeError("rates are not mixed")

    def blends(self, setups: Sequence[Setup]) -> Floats:
        """Nothing is mixed."""
        return np.zeros((len(setups), 0))

    def edges(self, setups: Sequence[Setup]) -> Floats:
        """`entry` and `exit` as places among all rates."""
        own = [setup.strategy.simple for setup in setups]
        return np.array([[[self._edge(params.entry), self._edge(params.exit)]] for params in own])

    def _find_edge(self, rate_8h: Decimal) -> float:
        return float(bisect_left(self._all, self._keys.bound(rate_8h)))


class Composite:
    """The score, mixed of components by weight, against `enter` and `exit`."""

    mixes = True
    planes = (0, 0, 0, 1, 0)

    def __init__(self, stage: Stage, rows: RowsInPlay) -> None:
        from fundarb.signals.composite import circumstances

        self._stage, self._rows = stage, rows
        self._made = cache(lambda volume: circumstances(stage.panel, stage.market.stand_ins, volume=volume))
        self._mixtures: dict[bool, Voice] = {}
        self._forecasts = cache(self._find_forecasts)

    @property
    def regime_of(self) -> Stamps:
        """The same edges at every event."""
        return np.zeros(len(self._stage.timeline.times), dtype=np.int64)

    def key(self, setup: Setup) -> Hashable:
        """The charge for idle capital and the weights."""
        return blend_of(setup)

    def shared(self, setup: Setup) -> Voice:
        """The score of this blend, sorted."""
        from fundarb.signals.composite import scored

        weights = setup.strategy.composite.weights
        found = scored(self._made(weights.volume > 0), weights.named(), charge_bp(setup))
        values = np.array([from_units(found.score, ABSENT), from_units(found.forecast, ABSENT)])
        said = voice(np.take(values, self._rows.source, axis=1), self.planes, self._forecasts())
        return in_order(said, self._rows)

    def mixed(self, setups: Sequence[Setup]) -> Voice:
        """The first plane is left to be mixed; volume is made only for those who weigh it."""
        return self._mixture(any(setup.strategy.composite.weights.volume > 0 for setup in setups))

    def _mixture(self, volume: bool) -> Voice:
        if volume not in self._mixtures:
            source, made = self._rows.source, self._made(volume)
            parts = [part[source] for part in (made.level, *made.components.values())]
            values = np.array([np.full(len(source), np.nan), from_units(made.forecast, ABSENT)[source]])
            self._mixtures[volume] = voice(values, self.planes, self._forecasts(), np.array(parts))
        return self._mixtures[volume]

    def _find_forecasts(self) -> Floats:
        """The forecast of each pair at each event."""
        return by_pair(from_units(self._made(False).forecast, ABSENT)[self._rows.source], self._rows.held)

    def blends(self, setups: Sequence[Setup]) -> Floats:
        """The charge for idle capital and the weights of each set."""
        return np.array([blend_of(setup) for setup in setups])

    def edges(self, setups: Sequence[Setup]) -> Floats:
        """`enter` and `exit` in units of a score."""
        own = [setup.strategy.composite for setup in setups]
        return np.array([[[_units(params.enter), _units(params.exit)]] for params in own])


class Band(Composite):
    """The forecast against the edges fitted (or given) for each UTC month; ranked by the score."""

    planes = (1, 1, 0, 1, 0)

    def __init__(self, stage: Stage, rows: RowsInPlay) -> None:
        from fundarb.signals.band_fit import month_starts, ready_at

        super().__init__(stage, rows)
        self.forecast = self._made(False).forecast
        self._starts = month_starts(stage.timeline.times[:-1])
        self._ready_ms = ready_at(stage.panel.settlements, self.forecast)
        self._fitted = lru_cache(REMEMBERED)(self._fit)

    @property
    def regime_of(self) -> Stamps:
        """Each month has its edges twice: to enter and leave, and, before all is ready, to leave only."""
        times = self._stage.timeline.times
        month = np.searchsorted(np.asarray(self._starts), times, side="right") - 1
        return np.where(times < self._ready_ms, month + len(self._starts), month)

    def edges(self, setups: Sequence[Setup]) -> Floats:
        """Each set's edges in units of a forecast."""
        return np.array([self._fitted(charge_bp(one), _cost_bp(one), *_given(one)) for one in setups])

    def _fit(self, charge: float, cost_bp: float, enter: Decimal | None, leave: Decimal | None) -> Floats:
        from fundarb.signals.band_fit import Edges, fit_edges

        rows, given = self._stage.panel.settlements, Edges(as_bp(enter), as_bp(leave))
        fitted = [fit_edges(rows, self.forecast, since_ms, charge, cost_bp, given) for since_ms in self._starts]
        both = [(_units(edges.enter), _units(edges.exit)) for edges in fitted]
        return np.array(both + [(np.nan, leave) for _, leave in both]).reshape(-1, 2)


SPEAKERS: dict[str, Callable[[Stage, RowsInPlay], Speaker]] = {"simple": Simple, "composite": Composite, "band": Band}


def lowest_of_last(rows: SettlementRows, level: Floats, count: int) -> Floats:
    """The lowest of the last `count` levels of a pair, NaN where one is missing."""
    lowest = level.copy()
    first = np.repeat(rows.offsets[:-1], np.diff(rows.offsets))
    at = np.arange(len(level))
    for back in range(1, count):
        there = at - back >= first
        lowest = np.where(there, np.minimum(lowest, level[np.maximum(at - back, 0)]), np.nan)
    return lowest


def blend_of(setup: Setup) -> tuple[float, ...]:
    """The charge for idle capital, then the weights."""
    return (charge_bp(setup), *setup.strategy.composite.weights.named().values())


@lru_cache(REMEMBERED)
def _units(threshold: Decimal) -> float:
    return float(at_least_units(threshold))


def _cost_bp(setup: Setup) -> float:
    """Half a round trip."""
    return float(round_trip_bp(costs_by_pair(setup.costs)(""))) / 2


def _given(setup: Setup) -> tuple[Decimal | None, Decimal | None]:
    return setup.strategy.band.enter, setup.strategy.band.exit
