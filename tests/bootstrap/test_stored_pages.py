"""Stored groups, the newest first, a sweep with its verdict; the page of each by what a person calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.runs import SqliteRuns
from fundarb.adapters.sqlite.trials import SqliteTrials, trials_folder
from fundarb.bootstrap.stored_pages import page_of, stored_groups
from fundarb.errors import UsageError
from tests.reporting.page.materials import made_run, made_sweep


@pytest.fixture
async def database(tmp_path: Path) -> Path:
    """A backtest, and after it a sweep."""
    file, sweep = tmp_path / "a.db", made_sweep()
    asked, idle = made_run(("BTC/USDT:USDT",)), made_run((), mode="cash", run_id="fedcba9876543210")
    async with open_store(file, "write") as connection:
        runs = SqliteRuns(connection)
        await runs.save("aaaa00000000", 1, [("run", asked), ("benchmark", idle)])
        await runs.save(sweep.document["sweep_id"], 2, [("run", made_run((), run_id="1111111111111111"))])
        trials = SqliteTrials(connection, trials_folder(file))
        await trials.save_sweep(sweep.document["sweep_id"], 2, json.dumps(dict(sweep.document)))
    return file


async def test_groups_come_newest_first_and_a_sweep_says_its_verdict(database: Path) -> None:
    sweep, backtest = await stored_groups(database)
    assert (sweep.group_id, sweep.verdict) == ("abcdef012345", made_sweep().words.splitlines()[0])
    assert (backtest.group_id, backtest.verdict) == ("aaaa00000000", None)
    assert [(line.role, line.mode) for line in backtest.lines] == [("run", "simple"), ("benchmark", "cash")]


async def test_a_group_a_run_and_a_sweep_each_have_a_page_and_nothing_else_has(database: Path) -> None:
    assert "<h1>simple</h1>" in await page_of(database, "aaaa")
    assert "<h1>cash</h1>" in await page_of(database, "fedcba9876543210")
    swept = await page_of(database, "abcdef012345")
    assert made_sweep().words.splitlines()[0] in swept
    assert "90 trials, ranked by sharpe daily" in swept
    with pytest.raises(UsageError, match="no stored run is called 'nothing'"):
        await page_of(database, "nothing")
