"""Leaders of a search run again in the exact lane, and a seeded sample beside them: what a person acts on comes from there.

Two lanes agree where a set makes the same trades and its net differs by less than a millionth of what was traded."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from fundarb.domain.ledger import LEG_KINDS
from fundarb.domain.money import ZERO
from fundarb.domain.result import RunResult
from fundarb.errors import FundarbError
from fundarb.research.search.lanes import COUNTS, TOTALS
from fundarb.research.search.runner import Found

TOLERANCE = 1e-6  # of turnover
SAMPLED = 3


@dataclass(frozen=True, slots=True, eq=False)
class Confirmed:
    """Rows of what was found with their exact runs, leaders first in their order, and the largest difference."""

    leaders: tuple[tuple[int, RunResult], ...]
    sampled: tuple[tuple[int, RunResult], ...]
    largest: float | None


def rows_to_confirm(leaders: Sequence[int], total: int, seed: int) -> list[int]:
    """The sample beside the leaders: any row may be drawn, whatever it came to."""
    drawn = random.Random(seed).sample(range(total), min(total, SAMPLED + len(leaders)))  # noqa: S311 (a sample, no secret)
    led = set(leaders)
    return sorted([row for row in drawn if row not in led][:SAMPLED])


def difference(found: Found, row: int, run: RunResult) -> float:
    """How far the net found lies from the exact one, as a share of what was traded (of the capital where nothing was)."""
    traded = sum((_notional(run)), ZERO)
    net = float(found.totals[row, TOTALS.index("net")])
    return abs(net - float(run.totals.split.net)) / float(traded or run.equity[0][1])


def require_agreement(found: Found, runs: Iterable[tuple[int, RunResult]], name: Callable[[int], str]) -> float | None:
    """The largest difference of all; FundarbError names the first set on which the lanes disagree."""
    largest: float | None = None
    for row, run in runs:
        apart = difference(found, row, run)
        words = _disagreement(found, row, run, apart)
        if words:
            raise FundarbError(
                f"the lane that searched and the exact lane disagree on {name(row)}: {words}; nothing here is to be "
                "believed until that is mended; `--exact` searches without the fast lane"
            )
        largest = apart if largest is None else max(largest, apart)
    return largest


def _disagreement(found: Found, row: int, run: RunResult, apart: float) -> str:
    counted = {name: int(found.counts[row, place]) for place, name in enumerate(COUNTS)}
    words = [
        f"{name} {count} against {getattr(run.counts, name)}"
        for name, count in counted.items()
        if count != getattr(run.counts, name)
    ]
    if not apart <= TOLERANCE:
        net = float(found.totals[row, TOTALS.index("net")])
        words.append(f"net {net!r} against {run.totals.split.net}, {apart:.1e} of turnover; allowed: {TOLERANCE:.0e}")
    return ", ".join(words)


def _notional(run: RunResult) -> Iterable[Decimal]:
    return ((line.qty or ZERO) * (line.price or ZERO) for line in run.ledger if line.kind in LEG_KINDS)
