"""What happens inside a candle: a path through its minutes that opens and closes where it does, stays between its low and
its high and touches both, so that minutes make the candle exactly. Inside a minute the price runs straight: open, one
extreme after a third, the other after two thirds, close."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fundarb.sandbox.market.bars import Bars
from fundarb.sandbox.market.decay import Floats
from fundarb.sandbox.market.grid import Counts
from fundarb.sandbox.market.source import MINUTE
from fundarb.sandbox.market.streams import Words, bells, quarters

WORDS_A_MINUTE = 2
_WICK = 0.08  # of the candle's range, at most, that a minute strays beyond its open and close
_THIRD = MINUTE // 3


class Moment(NamedTuple):
    """A minute so far: where it is now, between what, and which share of it has passed (in ms of the minute)."""

    price: int
    high: int
    low: int
    passed_ms: int


def minutes_of(bars: Bars, span_ms: int, words: Words, straight: bool) -> Bars:
    """The minutes of each of these candles; `words` are those of every one of their minutes, in order."""
    count, steps = len(bars), span_ms // MINUTE
    words = words.reshape(count, steps, WORDS_A_MINUTE)
    path = _paths(bars, np.zeros((count, steps + 1)) if straight else _bridges(bells(words[..., 0])))
    chances = quarters(words[..., 1])
    wick = (0.0 if straight else _WICK) * (bars.high - bars.low)[:, None] * chances[..., :2].transpose(2, 0, 1)
    wicks = np.floor(wick).astype(np.int64)
    opens, closes = path[:, :-1], path[:, 1:]
    high = np.minimum(np.maximum(opens, closes) + wicks[0], bars.high[:, None])
    low = np.maximum(np.minimum(opens, closes) - wicks[1], bars.low[:, None])
    weights = 0.25 + chances[..., 2]
    volume = _shared(bars.volume, weights)
    turnover = _shared(bars.turnover, np.where(volume > 0, volume * (opens + closes), 0) + 1e-9)
    start_ms = bars.start_ms[:, None] + MINUTE * np.arange(steps)
    return Bars(*(np.ravel(column) for column in (start_ms, opens, high, low, closes, volume, turnover)))


def moment_in(minute: Bars, passed_ms: int) -> Moment:
    """How a minute stands after `passed_ms`; `minute` holds just that one."""
    start, high, low, end = (int(column[0]) for column in (minute.open, minute.high, minute.low, minute.close))
    first, second = (low, high) if end >= start else (high, low)
    knots = ((0, start), (_THIRD, first), (2 * _THIRD, second), (MINUTE, end))
    price = int(np.rint(np.interp(passed_ms, [at for at, _ in knots], [value for _, value in knots])))
    seen = [value for at, value in knots if at <= passed_ms] + [price]
    return Moment(price, max(seen), min(seen), passed_ms)


def so_far(minute: Bars, moment: Moment) -> Bars:
    """The open minute as a candle."""
    volume, turnover = ((column * moment.passed_ms) // MINUTE for column in (minute.volume, minute.turnover))
    price, high, low = (np.array([value], dtype=np.int64) for value in moment[:3])
    return Bars(minute.start_ms, minute.open, high, low, price, volume, turnover)


def _bridges(steps: Floats) -> Floats:
    """Random walks that come back to where they began, with a range of 1."""
    walk = np.concatenate((np.zeros((len(steps), 1)), np.cumsum(steps, axis=1)), axis=1)
    walk -= walk[:, -1:] * np.linspace(0.0, 1.0, walk.shape[1])
    scaled: Floats = walk / np.maximum(np.ptp(walk, axis=1, keepdims=True), 1e-9)
    return scaled


def _paths(bars: Bars, bridges: Floats) -> Counts:
    """Each candle's path at the ends of its minutes."""
    opens, high, low, closes = (column[:, None] for column in (bars.open, bars.high, bars.low, bars.close))
    share = np.linspace(0.0, 1.0, bridges.shape[1])
    path = opens + (closes - opens) * share + bridges * (high - low)
    path = _reaching(path, np.maximum(opens, closes), high)
    path = -_reaching(-path, -np.minimum(opens, closes), -low)
    found = np.rint(path).astype(np.int64)
    found[:, 0], found[:, -1] = bars.open, bars.close
    return found


def _reaching(path: Floats, top: NDArray[np.int64], high: NDArray[np.int64]) -> Floats:
    """What is above both ends stretched so that its peak is the candle's high; where nothing is, the peak lifted to it."""
    above = np.maximum(path - top, 0.0)
    peak = above.max(axis=1, keepdims=True)
    stretched: Floats = np.minimum(path, top) + above * np.where(
        peak > 0, (high - top) / np.where(peak > 0, peak, 1.0), 0.0
    )
    missed = np.flatnonzero((peak == 0) & (high > top))
    if missed.size:
        stretched[missed, 1 + path[missed, 1:-1].argmax(axis=1)] = high[missed, 0]
    return stretched


def _shared(totals: Counts, weights: Floats) -> Counts:
    """Whole parts in proportion to the weights that add up to each total."""
    ends = np.cumsum(weights, axis=1)
    reached = np.floor(totals[:, None] * (ends / ends[:, -1:])).astype(np.int64)
    reached[:, -1] = totals
    return np.diff(reached, axis=1, prepend=0)
