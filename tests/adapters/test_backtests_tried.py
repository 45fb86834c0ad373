"""A backtest that was asked for counts as tried, once, and only where it says something of what is judged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.runs import SqliteRuns
from fundarb.adapters.sqlite.trials import SqliteTrials, trials_folder
from fundarb.domain.instants import DAY
from fundarb.domain.result import RunResult
from fundarb.ports.trials import TrialScope, Tried
from fundarb.research.search.identity import TrialNames
from tests.contract.test_trials import BASE, METRIC, rows
from tests.contract.trading_samples import BTC, ETH, a_run


async def tried(folder: Path, members: list[tuple[str, RunResult]], known: tuple[str, ...] = ()) -> Tried:
    """What the ledger says of BTC in 2 days, runs stored as one group and trials of the run's own scope beside them."""
    run = a_run("any")
    scope = TrialScope("s", run.universe, run.from_ms, run.to_ms, run.data_hash, "0.1", 1)
    database = folder / "x.db"
    async with open_store(database, "write") as connection:
        trials = SqliteTrials(connection, trials_folder(database))
        await SqliteRuns(connection).save("g", 1, members)
        if known:
            await trials.record(scope, BASE, rows(*known, days=1), 1)
        return await trials.overlapping([BTC], 0, 2 * DAY, METRIC)


async def test_a_backtest_on_a_common_pair_and_stretch_is_a_trial_of_its_days(tmp_path: Path) -> None:
    long = replace(a_run("long"), to_ms=9 * DAY)
    elsewhere = [replace(a_run("other"), universe=(ETH,)), replace(a_run("later"), from_ms=2 * DAY, to_ms=3 * DAY)]
    undefined = replace(a_run("undefined"), metrics={METRIC: None})
    ledger = await tried(tmp_path, [("run", one) for one in (a_run("one"), long, *elsewhere, undefined)])
    assert ledger.days.tolist() == [1, 9, 1]
    assert ledger.values[:2].tolist() == [0.1 + 0.2] * 2
    assert ledger.values[2] != ledger.values[2]


async def test_what_is_only_measured_against_is_none(tmp_path: Path) -> None:
    against = [("run", a_run("c", "cash")), ("run", a_run("h", "hold")), ("benchmark", a_run("s"))]
    assert len((await tried(tmp_path, against)).values) == 0


async def test_a_backtest_of_what_a_search_has_run_is_counted_once(tmp_path: Path) -> None:
    run = replace(a_run("r", "composite"), params={**a_run("r").params, "strategy.mode": "simple"})
    name = TrialNames("s", flat := {**run.params, "strategy.mode": "composite"}, ()).trial_id(flat)
    members = [("run", run), ("benchmark", run)]
    assert len((await tried(tmp_path, members)).values) == 1
    assert len((await tried(tmp_path, members, (name,))).values) == 1
    assert len((await tried(tmp_path, members, (name, "another"))).values) == 2
