"""Stored runs: what a backtest found, by run_id; one invocation is a group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from fundarb.domain.result import RunResult


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A line of the list of runs."""

    run_id: str
    group_id: str
    role: str
    mode: str
    from_ms: int
    to_ms: int
    stored_ms: int
    net: str
    trades: int


class Runs(Protocol):
    """Keeps results; the same run stored again changes nothing but its group."""

    async def save(self, group_id: str, stored_ms: int, runs: Sequence[tuple[str, RunResult]]) -> None:
        """Store a group of (role, result), role `run` or `benchmark`, all or none."""
        ...

    async def load(self, run_id: str) -> RunResult | None:
        """A stored run, value for value as it was saved."""
        ...

    async def group(self, group_id: str) -> tuple[tuple[str, RunResult], ...]:
        """A group in the order it was saved."""
        ...

    async def latest_group(self) -> str | None:
        """The newest group's id."""
        ...

    async def summaries(self, limit: int = 50) -> tuple[RunSummary, ...]:
        """The newest runs first."""
        ...
