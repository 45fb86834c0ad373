"""How much of a Sharpe ratio a history can show at all: blocks as long as its memory, and an interval made of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fundarb.statistics.block_length import longest_block
from fundarb.statistics.bootstrap import draw, mean_block, sharpe_interval
from fundarb.statistics.performance import YEAR_DAYS, Returns, spread

FEWEST_DAYS = 30  # fewer daily returns say nothing
FEWEST_BLOCKS = 8  # fewer stretches that know nothing of one another say nothing either
ALWAYS_ENOUGH = (3 * FEWEST_BLOCKS) ** 2  # days: however long blocks are, they are no longer than 3 √days
DRAWS = 1000


@dataclass(frozen=True, slots=True)
class Lacking:
    """Why a figure could not be computed."""

    why: str


@dataclass(frozen=True, slots=True)
class AnnualInterval:
    """95 % of what a Sharpe ratio of a year might as well have been, and the mean block in days."""

    low: float
    high: float
    block_days: float


def block_days(sample: Returns, held_days: float) -> float | Lacking:
    """Politis–White, at least twice the mean holding time as far as blocks can be long; nothing where there are too few."""
    if len(sample) < FEWEST_DAYS:
        return Lacking(f"{len(sample)} daily returns; at least {FEWEST_DAYS} are needed")
    block = mean_block(sample, min(2 * held_days, longest_block(len(sample))))
    if len(sample) < FEWEST_BLOCKS * block:
        needed = min(math.ceil(FEWEST_BLOCKS * mean_block(sample, 2 * held_days)), ALWAYS_ENOUGH)
        return Lacking(
            f"{len(sample)} days are fewer than {FEWEST_BLOCKS} blocks of {block:.0f} days, the memory of these returns; "
            f"{needed} days are needed"
        )
    return block


def annual_interval(sample: Returns, held_days: float, seed: int) -> AnnualInterval | Lacking:
    """Of the Sharpe ratio of daily returns, by the stationary bootstrap."""
    if spread(sample) <= 0:
        return Lacking("the returns never move")
    block = block_days(sample, held_days)
    if isinstance(block, Lacking):
        return block
    found = sharpe_interval(sample, draw(seed, DRAWS, len(sample), block), block)
    if found is None:
        return Lacking("the returns hardly ever move")
    root = math.sqrt(YEAR_DAYS)
    return AnnualInterval(found.low * root, found.high * root, block)
