"""The ledger of trials on disk: harmed returns are not believed, two searches share it, a read-only store is read."""

from __future__ import annotations

import asyncio
import os
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.migrate import MIGRATIONS
from fundarb.adapters.sqlite.trials import SqliteTrials, trials_folder
from fundarb.adapters.unsaved_trials import UnsavedTrials
from fundarb.bootstrap.research import open_research
from fundarb.errors import SchemaMismatch, StorageError
from tests.contract.test_trials import BASE, METRIC, SCOPE, rows

BYTES = 4 * SCOPE.days


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "x.db"


def returns_file(database: Path) -> Path:
    return trials_folder(database) / f"{SCOPE.scope_id}.f4"


async def stored(database: Path, *names: str) -> None:
    async with open_store(database, "write") as connection:
        await SqliteTrials(connection, trials_folder(database)).record(SCOPE, BASE, rows(*names), 1)


async def known(database: Path, *names: str) -> list[bool]:
    async with open_store(database, "read") as connection:
        found = await SqliteTrials(connection, trials_folder(database)).recall(SCOPE, names)
    return [bool(one) for one in found.known]


async def test_only_the_owner_can_read_the_returns(database: Path) -> None:
    await stored(database, "x")
    assert returns_file(database).stat().st_mode & 0o777 == 0o600
    assert trials_folder(database).stat().st_mode & 0o777 == 0o700


async def test_harmed_returns_are_not_believed_and_stored_anew(database: Path) -> None:
    await stored(database, "x", "y", "z")
    with returns_file(database).open("r+b") as file:
        file.seek(BYTES + 1)
        file.write(b"!")
    assert await known(database, "x", "y", "z") == [True, False, True]
    await stored(database, "x", "y", "z")
    assert await known(database, "x", "y", "z") == [True, True, True]
    async with open_store(database, "read") as connection:
        trials = SqliteTrials(connection, trials_folder(database))
        assert len((await trials.overlapping(SCOPE.pairs, 0, 10_000, METRIC)).values) == 3
        assert np.array_equal(
            (await trials.returns(SCOPE, ["y"]))[0], rows("y").daily[0].astype(np.float32).astype(np.float64)
        )


@pytest.mark.parametrize("length", [None, 0, BYTES + 3])
async def test_returns_that_are_not_there_are_missing_trials(database: Path, length: int | None) -> None:
    await stored(database, "x", "y")
    if length is None:
        returns_file(database).unlink()
    else:
        os.truncate(returns_file(database), length)
    assert await known(database, "x", "y") == [length == BYTES + 3, False]
    await stored(database, "x", "y")
    assert await known(database, "x", "y") == [True, True]


async def test_what_a_killed_process_wrote_beyond_the_database_is_overwritten(database: Path) -> None:
    await stored(database, "x")
    with returns_file(database).open("ab") as file:
        file.write(b"\1" * (2 * BYTES + 7))
    await stored(database, "y", "z", "w")
    assert await known(database, "x", "y", "z", "w") == [True] * 4


async def test_two_searches_at_once_keep_all_trials_of_both(database: Path) -> None:
    await stored(database, "x")

    async def search(first: int) -> None:
        async with open_store(database, "append") as connection:
            trials = SqliteTrials(connection, trials_folder(database))
            for number in range(first, 120, 2):
                await trials.record(SCOPE, BASE, rows(f"t{number}", f"t{number + 1}"), 1)

    await asyncio.gather(search(0), search(1))
    names = [f"t{number}" for number in range(121)]
    assert await known(database, *names) == [True] * 121


async def test_a_folder_that_cannot_be_made_is_a_storage_error_and_stores_nothing(database: Path) -> None:
    await stored(database)
    trials_folder(database).touch()
    with pytest.raises(StorageError, match=r"x\.db\.trials"):
        await stored(database, "x")
    async with open_store(database, "read") as connection:
        trials = SqliteTrials(connection, trials_folder(database))
        assert len((await trials.overlapping(SCOPE.pairs, 0, 10_000, METRIC)).values) == 0


async def test_beside_a_read_only_store_both_ledgers_count_each_trial_once(database: Path) -> None:
    await stored(database, "x", "y")
    async with open_store(database, "read") as connection:
        with closing(UnsavedTrials(SqliteTrials(connection, trials_folder(database)))) as trials:
            await trials.record(SCOPE, BASE, rows("y", "z"), 1)
            assert len((await trials.overlapping(SCOPE.pairs, 0, 10_000, METRIC)).values) == 3
            assert (await trials.recall(SCOPE, ["x", "z", "w"])).known.tolist() == [True, True, False]
            found = await trials.returns(SCOPE, ["x", "z"])
    expected = rows("x", "z").daily.astype(np.float32).astype(np.float64)
    assert np.array_equal(found, expected)


async def test_a_store_of_the_schema_before_trials_is_refused_with_the_way_out(database: Path) -> None:
    async with open_store(database, "write", migrations=MIGRATIONS[:2]):
        pass
    with pytest.raises(SchemaMismatch, match=r"schema 2 is older than this program's 3; `fundarb data migrate`"):
        async with open_research(database):
            pass
