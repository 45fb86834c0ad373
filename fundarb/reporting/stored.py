"""Finds stored runs by what a person calls them: `latest`, a group, or a run, ids cut short where that is clear."""

from __future__ import annotations

from collections.abc import Sequence

from fundarb.domain.result import RunResult
from fundarb.errors import DataError, UsageError
from fundarb.ports.runs import Runs, RunSummary

LATEST, LIST = "latest", "list"
EVERY = 1_000_000
Found = tuple[tuple[RunResult, ...], tuple[RunResult, ...]]


async def find_runs(runs: Runs, name: str, benchmarks: Sequence[str]) -> Found:
    """(runs, benchmarks) as the invocation that stored them printed them; of a run its newest group's benchmarks."""
    lines = await stored_runs(runs)
    if name == LATEST:
        return _printed(await runs.group(lines[0].group_id), None, benchmarks)
    group_id, run_id = _meant(lines, name)
    return _printed(await runs.group(group_id), run_id, benchmarks)


async def group_meant(runs: Runs, name: str) -> str | None:
    """The group that is meant as a whole; None where something else is."""
    lines = await runs.summaries(EVERY)
    if name == LATEST:
        return lines[0].group_id if lines else None
    groups = {line.group_id for line in lines if name and line.group_id.startswith(name)}
    return groups.pop() if len(groups) == 1 else None


async def stored_runs(runs: Runs, limit: int = EVERY) -> tuple[RunSummary, ...]:
    """The newest first; none at all is refused."""
    lines = await runs.summaries(limit)
    if not lines:
        raise DataError("no runs are stored yet; `fundarb backtest` stores them")
    return lines


def _meant(lines: Sequence[RunSummary], name: str) -> tuple[str, str | None]:
    """(group, run) of an id; of a group's id no run."""
    fitting = {line.run_id: line.run_id for line in lines if name and line.run_id.startswith(name)}
    groups = {line.group_id for line in lines if name and line.group_id.startswith(name)}
    found = sorted({*fitting, *groups})
    if not found:
        raise UsageError(f"no stored run is called {name!r}; `fundarb report list` shows them")
    if len(found) > 1:
        raise UsageError(f"{name!r} fits several stored runs: {', '.join(found[:5])}; write more of it")
    run_id = fitting.get(found[0])
    return next(line.group_id for line in lines if line.run_id == run_id or line.group_id in groups), run_id


def _printed(members: Sequence[tuple[str, RunResult]], run_id: str | None, benchmarks: Sequence[str]) -> Found:
    """A group as it was printed; where a run was named only this one."""
    by_mode = {run.mode: run for _, run in members}
    beside = tuple(by_mode[mode] for mode in benchmarks if mode in by_mode)
    if run_id is None:
        return tuple(run for role, run in members if role == "run"), beside
    return tuple(run for _, run in members if run.run_id == run_id)[:1], beside
