"""Runs the engine on a world in process: parameters by path, panel, stage, one result a mode."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from fundarb.config import resolve
from fundarb.config.pairs import canonical_pairs
from fundarb.domain.instrument import Pair
from fundarb.domain.result import RunResult
from fundarb.research.backtest import run_mode
from fundarb.research.rules import Setup
from fundarb.research.stage import Stage, set_stage
from tests.engine.worlds import Stream, panel_of

VERSION = "test"


def setup_of(sets: Mapping[str, str], pairs: Sequence[Pair]) -> Setup:
    """What `--set` would make of these paths."""
    given = [f"{path}={text}" for path, text in sets.items()]
    found = canonical_pairs(resolve([], {}, given, {}, Path("nowhere.db")).settings, pairs)
    return Setup(
        found.capital,
        found.strategy,
        found.sizing,
        found.risk,
        found.margin,
        found.costs,
        found.backtest,
        found.flat(),
    )


def stage_of(
    world: Sequence[Stream], setup: Setup, from_ms: int, to_ms: int, excluded: Mapping[str, str] | None = None
) -> Stage:
    """A world laid out for a range."""
    return set_stage(panel_of(world, to_ms), setup, from_ms, to_ms, excluded or {}, VERSION)


def run_engine(
    world: Sequence[Stream],
    sets: Mapping[str, str],
    span: tuple[int, int],
    modes: Sequence[str],
    excluded: Mapping[str, str] | None = None,
) -> list[RunResult]:
    """One result a mode."""
    setup = setup_of(sets, [stream.pair for stream in world])
    stage = stage_of(world, setup, *span, excluded)
    return [asyncio.run(run_mode(stage, setup, mode)) for mode in modes]
