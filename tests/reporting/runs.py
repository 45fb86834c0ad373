"""Results of worked backtests, run in process once, for tests that take them apart."""

from __future__ import annotations

from functools import cache

from fundarb.domain.result import RunResult
from tests.engine.running import run_engine
from tests.golden.backtest_cases import NAMES, load

__all__ = ["NAMES", "runs_of"]


@cache
def runs_of(name: str) -> tuple[RunResult, ...]:
    """The runs of a worked case, one a mode."""
    case = load(name)
    return tuple(run_engine(case.world, case.sets, case.span, case.modes, case.no_spot))
