"""Fixtures that run a contract against every implementation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fundarb.ports.journal import Journal
from fundarb.ports.runs import Runs
from fundarb.ports.trials import Trials
from tests.contract.stores import JOURNALS, RUNS, TRIALS


@pytest.fixture(params=sorted(JOURNALS))
async def journal(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Journal]:
    """An empty journal of each kind."""
    async with JOURNALS[request.param](tmp_path) as opened:
        yield opened


@pytest.fixture(params=sorted(RUNS))
async def runs(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Runs]:
    """An empty store of runs of each kind."""
    async with RUNS[request.param](tmp_path) as opened:
        yield opened


@pytest.fixture(params=sorted(TRIALS))
async def trials(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Trials]:
    """An empty ledger of trials of each kind."""
    async with TRIALS[request.param](tmp_path) as opened:
        yield opened
