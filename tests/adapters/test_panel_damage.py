"""A damaged or misplaced panel is never used: it is built again and put in its place."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.adapters.panel_store import (
    BTC,
    assert_same,
    cached,
    folders,
    make,
    plain,
    put,
    rate,
)


@pytest.fixture
async def database(tmp_path: Path) -> Path:
    return await make(tmp_path / "m.db")


def cut_short(folder: Path) -> None:
    with (folder / "perp.close.npy").open("r+b") as file:
        file.truncate(200)


def array_removed(folder: Path) -> None:
    (folder / "matrices.rate.npy").unlink()


def header_removed(folder: Path) -> None:
    (folder / "header.json").unlink()


def header_garbled(folder: Path) -> None:
    (folder / "header.json").write_bytes(b"\xff\x00{")


def header_of_another(folder: Path) -> None:
    checksum, text = (folder / "header.json").read_text().split("\n")
    other = json.loads(text) | {"data_hash": "0" * 64}
    (folder / "header.json").write_text(f"{checksum}\n{json.dumps(other)}")


def array_replaced_by_noise(folder: Path) -> None:
    path = folder / "perp.open.npy"
    path.write_bytes(b"\0" * path.stat().st_size)


def everything_replaced_by_a_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("not a folder")


@pytest.mark.parametrize(
    "damage",
    [
        cut_short,
        array_removed,
        header_removed,
        header_garbled,
        header_of_another,
        array_replaced_by_noise,
        everything_replaced_by_a_file,
    ],
)
async def test_a_damaged_panel_is_built_again_and_put_in_its_place(
    database: Path, damage: Callable[[Path], None]
) -> None:
    await cached(database)
    expected = await plain(database)
    damage(folders(database)[0])
    rebuilt, reads = await cached(database)
    assert reads == 8
    assert_same(rebuilt, expected)
    assert (await cached(database))[1] == 0
    assert len(folders(database)) == 1


async def test_a_panel_moved_under_another_name_is_not_taken_for_that_one(database: Path) -> None:
    await cached(database)
    (old,) = folders(database)
    await put(database, rate(BTC, 40))
    after, _ = await cached(database)
    (new,) = set(folders(database)) - {old}
    shutil.rmtree(new)
    old.rename(new)
    again, reads = await cached(database)
    assert reads == 8
    assert_same(again, after)
