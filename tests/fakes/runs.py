"""Stored runs in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fundarb.domain.money import canonical
from fundarb.domain.result import RunResult
from fundarb.ports.runs import RunSummary
from tests.fakes.finite import line_numbers, require_finite


@dataclass(slots=True)
class _Group:
    stored_ms: int
    place: int
    members: list[tuple[str, str]] = field(default_factory=list)


class MemoryRuns:
    """Fills the port `Runs`; the same run stored again gains a membership, nothing else."""

    def __init__(self) -> None:
        self._runs: dict[str, RunResult] = {}
        self._groups: dict[str, _Group] = {}

    async def save(self, group_id: str, stored_ms: int, runs: Sequence[tuple[str, RunResult]]) -> None:
        """Store a group; saved again it becomes the newest and gains the members it lacked."""
        for _, run in runs:
            require_finite(*line_numbers(run.ledger), *(value for _, value in run.equity))
        group = self._groups.setdefault(group_id, _Group(stored_ms, len(self._groups)))
        group.stored_ms = stored_ms
        for role, run in runs:
            self._runs.setdefault(run.run_id, run)
            if (role, run.run_id) not in group.members:
                group.members.append((role, run.run_id))

    async def load(self, run_id: str) -> RunResult | None:
        """A stored run, value for value as it was saved."""
        return self._runs.get(run_id)

    async def group(self, group_id: str) -> tuple[tuple[str, RunResult], ...]:
        """A group in the order it was saved; empty where there is none."""
        group = self._groups.get(group_id)
        return tuple((role, self._runs[run_id]) for role, run_id in group.members) if group else ()

    async def latest_group(self) -> str | None:
        """The newest group's id."""
        return next(iter(self._newest_first()), None)

    async def summaries(self, limit: int = 50) -> tuple[RunSummary, ...]:
        """One line a member, newest group first, a group in the order it was saved."""
        lines = [
            self._summary(group_id, role, self._runs[run_id])
            for group_id in self._newest_first()
            for role, run_id in self._groups[group_id].members
        ]
        return tuple(lines[:limit])

    def _newest_first(self) -> list[str]:
        return sorted(
            self._groups,
            key=lambda group_id: (self._groups[group_id].stored_ms, self._groups[group_id].place),
            reverse=True,
        )

    def _summary(self, group_id: str, role: str, run: RunResult) -> RunSummary:
        return RunSummary(
            run_id=run.run_id,
            group_id=group_id,
            role=role,
            mode=run.mode,
            from_ms=run.from_ms,
            to_ms=run.to_ms,
            stored_ms=self._groups[group_id].stored_ms,
            net=canonical(run.totals.split.net),
            trades=run.counts.trades,
        )
