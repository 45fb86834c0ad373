"""When a perp settles: on the grid of its interval, hourly after a settlement at the cap until the rates are quiet again, or
by plan."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from fundarb.sandbox.market.coins import Coin
from fundarb.sandbox.market.decay import Floats
from fundarb.sandbox.market.funding import RATE, rates, weighted
from fundarb.sandbox.market.grid import Counts
from fundarb.sandbox.market.source import HOUR

QUIET = 2_000  # a rate of at most 0.2 bp, in 1e-8
QUIET_CYCLES = 36


@dataclass(frozen=True, slots=True)
class Pace:
    """How a perp settles from a moment on, and for how many settlements its rates have been quiet."""

    since_ms: int
    hours: int
    quiet: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """Settlements, oldest first, each with the interval it closed; and how it goes on from the last one."""

    stamps: Counts
    rates: Counts
    hours: Counts
    pace: Pace


def settle(coin: Coin, pace: Pace, knots: Floats, first_ms: int) -> Settled:
    """The settlements after `pace` up to the last of the hourly premium `knots`, which begin at `first_ms`."""
    parts: list[Settled] = []
    cap = round(coin.cap / RATE.size)
    end_ms = first_ms + (len(knots) - 1) * HOUR
    while pace.since_ms < end_ms:
        until_ms = end_ms
        if coin.plan:
            pace = replace(pace, hours=_planned(coin, pace))
            until_ms = min((at for at, _ in coin.plan if pace.since_ms < at < end_ms), default=end_ms)
        stamps = _stamps(pace, until_ms)
        if not stamps.size:
            pace = Pace(until_ms, pace.hours)
            continue
        begin = (int(stamps[0]) - first_ms) // HOUR - pace.hours
        found = rates(weighted(knots[begin:], pace.hours)[: len(stamps)], pace.hours, cap)
        taken, after = _paced(coin, pace, stamps, found, cap)
        parts.append(Settled(stamps[:taken], found[:taken], np.full(taken, pace.hours), after))
        pace = after
    return _joined(parts, pace)


def _paced(coin: Coin, pace: Pace, stamps: Counts, found: Counts, cap: int) -> tuple[int, Pace]:
    """How many of these settlements come at this pace, and the pace after them."""
    if coin.switches and pace.hours > 1:
        capped = np.flatnonzero(np.abs(found) >= cap)
        if capped.size:
            return int(capped[0]) + 1, Pace(int(stamps[capped[0]]), 1)
    elif coin.switches:
        run = _quiet_runs(np.abs(found) <= QUIET, pace.quiet)
        calm = np.flatnonzero((run >= QUIET_CYCLES) & (stamps % (coin.calm_h * HOUR) == 0))
        if calm.size:
            return int(calm[0]) + 1, Pace(int(stamps[calm[0]]), coin.calm_h)
        return len(stamps), Pace(int(stamps[-1]), pace.hours, int(run[-1]))
    return len(stamps), Pace(int(stamps[-1]), pace.hours)


def _quiet_runs(quiet: np.ndarray[tuple[int], np.dtype[np.bool_]], before: int) -> Counts:
    """At each settlement, for how many it has been quiet without a break."""
    at = np.arange(1, len(quiet) + 1)
    return at - np.maximum.accumulate(np.where(quiet, -before, at))


def _stamps(pace: Pace, until_ms: int) -> Counts:
    """The grid of the pace's interval within (since, until]."""
    step = pace.hours * HOUR
    return np.arange(pace.since_ms - pace.since_ms % step + step, until_ms + 1, step, dtype=np.int64)


def _planned(coin: Coin, pace: Pace) -> int:
    """The interval that the plan sets from `since` on; the pace's own where there is no plan by then."""
    return max((change for change in coin.plan if change[0] <= pace.since_ms), default=(0, pace.hours))[1]


def _joined(parts: list[Settled], pace: Pace) -> Settled:
    """All of them, and how it goes on."""
    if len(parts) == 1:
        return replace(parts[0], pace=pace)
    none = [np.empty(0, dtype=np.int64)]
    stamps, found, hours = (
        np.concatenate(none + columns)
        for columns in ([one.stamps for one in parts], [one.rates for one in parts], [one.hours for one in parts])
    )
    return Settled(stamps, found, hours, pace)
