"""Stored runs, sweeps and portfolios for whoever lists them, and the page of one, made when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fundarb.bootstrap.pages import make_page
from fundarb.bootstrap.portfolios import find_portfolios
from fundarb.bootstrap.stores import open_results
from fundarb.ports.runs import RunSummary
from fundarb.reporting.stored import find_runs, group_meant
from fundarb.reporting.stored_sweep import read_sweep
from fundarb.research.comparison import BENCHMARKS, Comparison

SHOWN_RUNS = 200


@dataclass(frozen=True, slots=True)
class StoredGroup:
    """One invocation: its lines in the order they were stored, and the first words of its verdict where it was a sweep."""

    group_id: str
    lines: Sequence[RunSummary]
    verdict: str | None = None


async def stored_groups(database: Path) -> list[StoredGroup]:
    """The newest first."""
    async with open_results(database) as (runs, trials):
        lines: dict[str, list[RunSummary]] = {}
        for line in await runs.summaries(SHOWN_RUNS):
            lines.setdefault(line.group_id, []).append(line)
        found = []
        for group_id, members in lines.items():
            text = await trials.sweep(group_id)
            verdict = None if text is None else read_sweep(text).words.splitlines()[0]
            found.append(StoredGroup(group_id, members, verdict))
    return found


async def page_of(database: Path, name: str) -> str:
    """The page of a run, a group, a sweep or a portfolio, by what a person calls it."""
    portfolios = await find_portfolios(database, name)
    if portfolios:
        return await make_page(database, Comparison(portfolios, (), ()))
    async with open_results(database) as (runs, trials):
        asked, benchmarks = await find_runs(runs, name, BENCHMARKS)
        group_id = await group_meant(runs, name)
        text = None if group_id is None else await trials.sweep(group_id)
    return await make_page(database, Comparison(asked, benchmarks, ()), None if text is None else read_sweep(text))
