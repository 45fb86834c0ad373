"""What moves one coin, hour by hour: its price, the premium of its perp, its open interest, and the settlements they make.
Blocks are made in order, each from what the one before left; only these remains are kept for good."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np

from fundarb.sandbox.market.blocks import BLOCK_H, YEAR_H, block_of, start_of
from fundarb.sandbox.market.climate import Climate, Weather
from fundarb.sandbox.market.coins import NOTICE_MS, Coin
from fundarb.sandbox.market.decay import Floats, Leaks
from fundarb.sandbox.market.grid import Counts
from fundarb.sandbox.market.intervals import Pace, Settled, settle
from fundarb.sandbox.market.recent import Recent
from fundarb.sandbox.market.source import HOUR
from fundarb.sandbox.market.streams import Streams

PREMIUMS_A_BP = 10_000  # premiums are counted in 1e-8

_SLOW, _FAST, _INTEREST, _JUMP, _LEVEL = range(5)
_LEAKS = Leaks((8 * 24, 9, 20 * 24, 16, 1.5 * YEAR_H), BLOCK_H)
_STIRRED = slice(_SLOW, _INTEREST + 1)  # by shocks of every hour
_STIRRING = _LEAKS.stirring((0.8, 0.9, 0.3, 0.0, 0.0))[_STIRRED]
_DOWNWARDS = 0.75  # of the jumps
_LEAN_FROM = -4.0  # bp, where arbitrage begins to hold a premium up


@dataclass(frozen=True, slots=True)
class Traits:
    """How a coin differs from the market, drawn once."""

    beta: float  # of its price
    premium_beta: float
    own: float  # how much its own premium moves
    own_volatility: float  # a year
    jumps_a_year: float
    jump_bp: float
    lean: float
    shock: float  # of its price when its delisting is announced


@dataclass(frozen=True, slots=True, eq=False)
class Latent:
    """One block of one coin; knots are hourly, at the block's start and at the end of each of its hours."""

    start_ms: int
    log_price: Floats
    premium: Counts  # in 1e-8
    log_interest: Floats  # open interest, about 0
    volatility: Floats  # of an hour, an entry an hour
    settled: Settled


@dataclass(frozen=True, slots=True, eq=False)
class _Carried:
    parts: Floats
    premium: int
    pace: Pace


class Latents:
    """Blocks of one seed's coins."""

    def __init__(self, streams: Streams, kept: int) -> None:
        self._streams, self._climate = streams, Climate(streams)
        self._traits: dict[str, Traits] = {}
        self._carried: dict[str, list[_Carried]] = {}
        self._recent: Recent[tuple[Coin, int], Latent] = Recent(kept, self._made)

    def at(self, coin: Coin, at_ms: int) -> Latent:
        """The block `at_ms` lies in."""
        return self._recent((coin, block_of(at_ms)))

    def _made(self, key: tuple[Coin, int]) -> Latent:
        coin, number = key
        carried = self._carried.setdefault(coin.name, [_first(coin)])
        for earlier in range(len(carried) - 1, number):
            self._next(coin, earlier, carried)
        return self._next(coin, number, carried)

    def _next(self, coin: Coin, number: int, carried: list[_Carried]) -> Latent:
        before = carried[number]
        weather = self._climate.block(number)
        traits = self._traits.get(coin.name) or self._traits.setdefault(coin.name, drawn(coin, self._streams))
        rng = self._streams.generator(f"coin/{coin.name}", number)
        parts = _LEAKS.run(_shocks(coin, traits, weather, rng, number), before.parts)
        premium = np.concatenate(([before.premium], _premium(traits, weather, parts)))
        begin = start_of(number)
        settled = settle(coin, before.pace, premium.astype(np.float64), begin)
        if number == len(carried) - 1:
            carried.append(_Carried(parts[:, -1].copy(), int(premium[-1]), settled.pace))
        knots = np.concatenate((before.parts[:, None], parts), axis=1)
        own = traits.own_volatility**2 / YEAR_H
        volatility = coin.swing * np.sqrt((traits.beta * weather.volatility) ** 2 + own)
        return Latent(begin, log(coin.price) + knots[_LEVEL], premium, knots[_INTEREST], volatility, settled)


def drawn(coin: Coin, streams: Streams) -> Traits:
    """The traits of a coin."""
    rng = streams.generator(f"traits/{coin.name}", 0)
    beta, premium_beta, own, shock = rng.uniform((0.8, 0.6, 1.2, 0.15), (1.5, 1.4, 2.2, 0.45)).tolist()
    if coin.major:
        return Traits(1.0, 1.0, 1.0, 0.25, 1.0, 10.0, 0.18, 0.0)
    return Traits(beta, premium_beta, own, 0.7, 10.0, 15.0 * own, 0.5, log(1.0 - shock))


def _first(coin: Coin) -> _Carried:
    """Everything at its mean, and funding on the coin's interval from its launch on."""
    return _Carried(np.zeros(len(_LEAKS.kept)), PREMIUMS_A_BP, Pace(coin.launch_ms, coin.interval_h))


def _shocks(coin: Coin, traits: Traits, weather: Weather, rng: np.random.Generator, number: int) -> Floats:
    """What happens to each part of the coin in each hour."""
    shocks = np.zeros((len(_LEAKS.kept), BLOCK_H))
    shocks[_STIRRED] = rng.standard_normal((len(_STIRRING), BLOCK_H)) * _STIRRING
    shocks[_SLOW : _FAST + 1] *= traits.own
    own_returns = rng.standard_t(4, BLOCK_H) * (traits.own_volatility / np.sqrt(2.0 * YEAR_H))
    shocks[_LEVEL] = coin.swing * (traits.beta * weather.returns + own_returns)
    for _ in range(rng.poisson(traits.jumps_a_year * BLOCK_H / YEAR_H)):
        way = -1.0 if rng.random() < _DOWNWARDS else 1.0
        shocks[_JUMP, rng.integers(BLOCK_H)] += way * rng.lognormal(log(traits.jump_bp), 0.8)
    if coin.gone_ms is not None:
        hour = (coin.gone_ms - NOTICE_MS - start_of(number)) // HOUR
        if 0 <= hour < BLOCK_H:
            shocks[_LEVEL, hour] += traits.shock
    return shocks


def _premium(traits: Traits, weather: Weather, parts: Floats) -> Counts:
    """The perp's premium over its index, in 1e-8."""
    premium = weather.premium * traits.premium_beta + (parts[_SLOW] + parts[_FAST]) * weather.liveliness
    held_up = np.where(premium < _LEAN_FROM, _LEAN_FROM + traits.lean * (premium - _LEAN_FROM), premium)
    counted: Counts = np.rint((held_up + parts[_JUMP]) * PREMIUMS_A_BP).astype(np.int64)
    return counted
