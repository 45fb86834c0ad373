"""What all coins have in common: a regime that comes and goes, the market's return, and the premium's shared part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fundarb.sandbox.market.blocks import BLOCK_H, YEAR_H
from fundarb.sandbox.market.decay import Floats, Leaks
from fundarb.sandbox.market.streams import Streams

EUPHORIC, NEUTRAL, STRESSED = range(3)

_PREMIUM_BP = np.array([11.5, -4.3, -8.0])  # the premium's mean in each regime
_LIVELINESS = np.array([1.8, 1.0, 1.3])  # how much each coin's own premium moves
_VOLATILITY = np.array([0.75, 0.50, 0.95])  # a year, of the market
_DRIFT = np.array([2e-5, 0.0, -6e-5])  # an hour
_HOURS = np.array([45.0, 150.0, 25.0]) * 24  # a regime lasts
_NEXT = ((0.0, 0.85, 0.15), (0.55, 0.0, 0.45), (0.10, 0.90, 0.0))

_WEEK_H = 168
_MOMENTUM = 18.0  # bp of premium by the week's return
_CRASHES_A_YEAR = 4
# regime mean (three days to follow), slow (15 days) and fast (5 hours) shared premium
_LEAKS = Leaks((72, 15 * 24, 5), BLOCK_H)
_STIRRING = _LEAKS.stirring((0.0, 2.6, 3.6))


@dataclass(frozen=True, slots=True, eq=False)
class Weather:
    """One block of the climate, an entry an hour."""

    returns: Floats  # of the market, over the hour
    volatility: Floats  # of the market, of an hour
    premium: Floats  # the shared part, bp, at the hour's end
    liveliness: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Carried:
    """What the next block goes on from."""

    regime: int
    hours_left: int
    premiums: Floats
    past_returns: Floats


class Climate:
    """Blocks of weather, made in order and kept: they are few and every coin asks for them."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._blocks: list[Weather] = []
        start = np.array([_PREMIUM_BP[NEUTRAL], 0.0, 0.0])
        self._carried = _Carried(NEUTRAL, 0, start, np.zeros(_WEEK_H - 1))

    def block(self, number: int) -> Weather:
        """The weather of one block."""
        while len(self._blocks) <= number:
            self._blocks.append(self._next(len(self._blocks)))
        return self._blocks[number]

    def _next(self, number: int) -> Weather:
        regime, hours_left = self._regimes(number)
        rng = self._streams.generator("climate", number)
        volatility = _VOLATILITY[regime] / np.sqrt(YEAR_H)
        returns = rng.standard_t(4, BLOCK_H) / np.sqrt(2.0) * volatility + _DRIFT[regime]
        crash = rng.random(BLOCK_H) < _CRASHES_A_YEAR / YEAR_H
        returns += crash * rng.normal(-0.05, 0.04, BLOCK_H)
        shocks = rng.standard_normal((3, BLOCK_H)) * _STIRRING
        shocks[0] = (1.0 - _LEAKS.kept[0]) * _PREMIUM_BP[regime]
        parts = _LEAKS.run(shocks, self._carried.premiums)
        past = np.concatenate((self._carried.past_returns, returns))
        week = np.convolve(past, np.ones(_WEEK_H), "valid")
        self._carried = _Carried(int(regime[-1]), hours_left, parts[:, -1].copy(), past[-_WEEK_H + 1 :].copy())
        return Weather(returns, volatility, parts.sum(axis=0) + _MOMENTUM * week, _LIVELINESS[regime])

    def _regimes(self, number: int) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], int]:
        """The regime of each hour, and how long the last one still lasts beyond the block."""
        rng = self._streams.generator("regimes", number)
        regime, left = self._carried.regime, self._carried.hours_left
        found = np.empty(BLOCK_H, dtype=np.int64)
        at = 0
        while at < BLOCK_H:
            if not left:
                regime = regime if number == at == 0 else int(rng.choice(3, p=_NEXT[regime]))
                left = int(rng.geometric(1.0 / _HOURS[regime]))
            lasts = min(left, BLOCK_H - at)
            found[at : at + lasts] = regime
            at, left = at + lasts, left - lasts
        return found, left
