"""`sweep`: every set of a grid tried on stored data, the best confirmed exactly, and a verdict on what they are worth."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING, Annotated

import typer

from fundarb.cli.invocation import Invocation, invocation
from fundarb.cli.numbers import whole
from fundarb.cli.progress import Progress
from fundarb.cli.run_options import From, Pairs, To
from fundarb.cli.sweep_answers import show_sweep
from fundarb.errors import UsageError

if TYPE_CHECKING:
    from fundarb.bootstrap.ground import Asked
    from fundarb.config import Resolved
    from fundarb.config.grid import Grid
    from fundarb.research.folds import Windows

MOST_WORKERS = 256
MOST_TOP = 1000

GridName = Annotated[
    str,
    typer.Option(
        "--grid", metavar="FILE", help="What to try; a name without a slash is looked for here, then in configs/."
    ),
]
Metric = Annotated[str, typer.Option("--metric", metavar="NAME", help="Rank by this. Default: sharpe_daily.")]
Top = Annotated[
    int,
    typer.Option("--top", metavar="N", parser=whole(1), help="Show the N best. Default: 10, all of them confirmed."),
]
Workers = Annotated[
    int | None,
    typer.Option("--workers", metavar="N", parser=whole(1), help="How many at once. Default: one a core."),
]
Walk = Annotated[
    bool, typer.Option("--walk-forward", help="Choose on past stretches, judge on later ones; only those count.")
]
Train = Annotated[str | None, typer.Option("--train", metavar="DAYS", help="Stretch to choose on. Default: 90d.")]
Test = Annotated[str | None, typer.Option("--test", metavar="DAYS", help="Stretch to judge on. Default: 30d.")]
Purge = Annotated[str | None, typer.Option("--purge", metavar="DAYS", help="Left out between both. Default: 7d.")]
Anchored = Annotated[bool, typer.Option("--anchored", help="Train from the first day on, ever longer.")]
Cluster = Annotated[
    str | None,
    typer.Option("--cluster", metavar="URL", help="Run on a Dask scheduler, as in tcp://HOST:8786 (extra cluster)."),
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with this sweep, or start it; what is stored is not rerun.")
]
Exact = Annotated[bool, typer.Option("--exact", help="Search in the exact lane too, where the fast one could.")]


async def run(
    ctx: typer.Context,
    grid: GridName = "grid.yaml",
    from_: From = None,
    to: To = None,
    pairs: Pairs = None,
    metric: Metric = "sharpe_daily",
    top: Top = 10,
    workers: Workers = None,
    walk_forward: Walk = False,
    train: Train = None,
    test: Test = None,
    purge: Purge = None,
    anchored: Anchored = False,
    cluster: Cluster = None,
    resume: Resume = False,
    exact: Exact = False,
) -> None:
    """Try every set of a grid on stored data, and say what the best of them is worth after so much trying.

    Every trial is recorded as it finishes and counted once, however often it runs; Ctrl-C keeps what is finished, and
    --resume goes on from there. The best and a seeded sample are run again in the exact lane; 1 if the lanes disagree.
    """
    from fundarb.bootstrap.crews import hands
    from fundarb.bootstrap.ground import Asked
    from fundarb.config.grid_file import find_grid, read_grid
    from fundarb.research.question import Question

    call = invocation(ctx)
    resolved = call.resolve()
    call.warn(resolved)
    question, ranked_by, shown = Question((), from_, to, pairs), _metric(metric), _within("--top", top, MOST_TOP)
    windows = _windows(walk_forward, train, test, purge, anchored)
    asked_for = read_grid(find_grid(grid))
    if windows is not None:
        _require_walkable(asked_for)
    async with hands(_workers(workers), cluster, exact=exact) as crew:
        await _answer(call, resolved, asked_for, Asked(question, ranked_by, shown, crew, windows, resume))


async def _answer(call: Invocation, resolved: Resolved, grid: Grid, asked: Asked) -> None:
    from fundarb.bootstrap.ground import Telling
    from fundarb.bootstrap.research import open_research
    from fundarb.bootstrap.sweep import run_sweep, save_sweep

    began, reached = time.monotonic(), ""
    async with open_research(call.database) as research:
        try:
            with Progress(shown=not call.quiet) as progress:

                def told(what: str, done: int, total: int | None, unit: str, remark: str | None) -> None:
                    nonlocal reached
                    reached = f"{what}, {done:,} of {total or done:,} {unit}: "
                    progress(what, done, total, unit, remark)

                swept = await run_sweep(research, resolved, grid, asked, Telling(call.note, told))
        except asyncio.CancelledError:
            call.note(f"{reached}{_kept(call, read_only=research.read_only)}")
            raise
        seconds = time.monotonic() - began
        if not await save_sweep(research, swept, seconds):
            call.note(f"{call.database} is read-only: the trials are not stored")
    show_sweep(call, swept.answer, seconds)


def _kept(call: Invocation, *, read_only: bool) -> str:
    if read_only:
        return f"{call.database} is read-only, so nothing of it is stored"
    return "what was finished is stored; the same command with --resume goes on from there"


def _windows(
    walk_forward: bool, train: str | None, test: str | None, purge: str | None, anchored: bool
) -> Windows | None:
    from fundarb.research.folds import read_windows

    given = {"--train": train, "--test": test, "--purge": purge, "--anchored": anchored or None}
    idle = [name for name, value in given.items() if value is not None]
    if walk_forward:
        return read_windows(train or "90d", test or "30d", purge or "7d", anchored=anchored)
    if idle:
        raise UsageError(f"{' and '.join(idle)} belong to a walk-forward; add --walk-forward")
    return None


def _require_walkable(grid: Grid) -> None:
    """Refuse what a walk-forward would judge wrongly."""
    if grid.method == "tpe":
        raise UsageError(
            "--walk-forward cannot judge method: tpe, whose sets are chosen by the whole range, later stretches "
            "included; take method: random or grid"
        )
    if any(axis.path == "capital" for axis in grid.space.axes):
        raise UsageError(
            "--walk-forward carries the capital from stretch to stretch, so it cannot be varied; put capital under `fixed`"
        )


def _metric(name: str) -> str:
    from difflib import get_close_matches

    from fundarb.domain.result import METRICS

    if name not in METRICS:
        near = "".join(f"; did you mean {like}?" for like in get_close_matches(name, METRICS, 1))
        raise UsageError(f"--metric {name}: no such metric{near}; choose from {', '.join(METRICS)}")
    return name


def _workers(given: int | None) -> int:
    return _within("--workers", given or len(os.sched_getaffinity(0)), MOST_WORKERS)


def _within(option: str, number: int, most: int) -> int:
    if number > most:
        raise UsageError(f"{option} {number} is too many; allowed: at most {most}")
    return number
