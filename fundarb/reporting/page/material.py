"""All that a page shows, as data: runs with their benchmarks, the market of the pairs they traded most, what is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from fundarb.domain.ledger import LEG_KINDS
from fundarb.domain.market import StreamSummary
from fundarb.domain.money import ZERO
from fundarb.domain.result import RunResult
from fundarb.reporting.page.markets import PairMarket
from fundarb.reporting.stored_sweep import StoredSweep

MOST_PAIRS = 20
MOST_DETAILED = 6


@dataclass(frozen=True, slots=True)
class Material:
    """`runs` were asked for, benchmarks are those not among them; `compared` says that the first is held against the
    others; `config` is what they ran with, secrets already blanked, one mapping a run; `checked` the payments of trading
    portfolios beside what was expected of them, by run."""

    runs: tuple[RunResult, ...]
    benchmarks: tuple[RunResult, ...]
    markets: tuple[PairMarket, ...] = ()
    streams: tuple[StreamSummary, ...] = ()
    config: tuple[Mapping[str, str | None], ...] = ()
    sweep: StoredSweep | None = None
    compared: bool = False
    checked: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    @property
    def every(self) -> tuple[RunResult, ...]:
        """The runs, then the benchmarks."""
        return (*self.runs, *self.benchmarks)

    @property
    def detailed(self) -> tuple[RunResult, ...]:
        """The runs that are taken apart: the first few of them; of a sweep only the winner."""
        return self.runs[: MOST_DETAILED if self.sweep is None else 1]


def labels(material: Material) -> dict[str, str]:
    """What each run is called on the page, by its id: its mode where that is clear; a sweep's leaders by their place."""
    if material.sweep is not None:
        return {run.run_id: f"no. {place}" for place, run in enumerate(material.runs, 1)} | {
            run.run_id: run.mode for run in material.benchmarks
        }
    seen = Counter(run.mode for run in material.every)
    return {run.run_id: _label(run, seen[run.mode] > 1) for run in material.every}


def most_traded(runs: Iterable[RunResult]) -> tuple[str, ...]:
    """The pairs of greatest turnover, the greatest first; among equals by symbol."""
    turnover: dict[str, Decimal] = {}
    for run in runs:
        for line in run.ledger:
            if line.kind in LEG_KINDS and line.pair is not None:
                moved = (line.qty or ZERO) * (line.price or ZERO)
                turnover[line.pair] = turnover.get(line.pair, ZERO) + moved
    return tuple(sorted(turnover, key=lambda pair: (-turnover[pair], pair))[:MOST_PAIRS])


def universe_of(runs: Sequence[RunResult]) -> tuple[str, ...]:
    """Every pair any of them could trade, in symbol order."""
    return tuple(sorted({pair for run in runs for pair in run.universe}))


def _label(run: RunResult, ambiguous: bool) -> str:
    if run.portfolio is not None:
        return run.portfolio
    return f"{run.mode} {run.run_id[:8]}" if ambiguous else run.mode
