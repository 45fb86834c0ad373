"""A damaged or misplaced panel is never used: it is built again and put in its place."""

from __future__ import annotations

import hashlib
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


def contents(folder: Path) -> dict[str, bytes]:
    """What a folder holds, file by file."""
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}


def cut_short(folder: Path) -> None:
    with (folder / "perp.close.npy").open("r+b") as file:
        file.truncate(200)


def array_removed(folder: Path) -> None:
    (folder / "times.npy").unlink()


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


def bytes_changed(folder: Path) -> None:
    path = folder / "perp.close.npy"
    path.write_bytes(path.read_bytes()[:-8] + b"\0" * 8)


def byte_order_turned_round(folder: Path) -> None:
    path = folder / "settlements.rate.npy"
    path.write_bytes(path.read_bytes().replace(b"<f8", b">f8"))


def npy_dictionary_left_open(folder: Path) -> None:
    path = folder / "mark.open.npy"
    path.write_bytes(path.read_bytes().replace(b"}", b"("))


def arrays_exchanged(folder: Path) -> None:
    (folder / "perp.open.npy").rename(folder / "aside")
    (folder / "perp.volume.npy").rename(folder / "perp.open.npy")
    (folder / "aside").rename(folder / "perp.volume.npy")


def bytes_appended(folder: Path) -> None:
    with (folder / "spot.low.npy").open("ab") as file:
        file.write(b"\0" * 8)


def signed(folder: Path, text: bytes) -> None:
    """Put a header in place that agrees with its own checksum."""
    (folder / "header.json").write_bytes(hashlib.sha256(text).hexdigest().encode() + b"\n" + text)


def header_without_arrays(folder: Path) -> None:
    content = json.loads((folder / "header.json").read_text().split("\n")[1])
    signed(folder, json.dumps({"key": content["key"]}).encode())


def header_nested_too_deep(folder: Path) -> None:
    signed(folder, b"[" * 100_000)


def header_of_no_object(folder: Path) -> None:
    signed(folder, b"[]")


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
        bytes_changed,
        byte_order_turned_round,
        npy_dictionary_left_open,
        arrays_exchanged,
        bytes_appended,
        header_without_arrays,
        header_nested_too_deep,
        header_of_no_object,
        everything_replaced_by_a_file,
    ],
)
async def test_a_damaged_panel_is_built_again_and_put_in_its_place(
    database: Path, damage: Callable[[Path], None]
) -> None:
    await cached(database)
    expected = await plain(database)
    (folder,) = folders(database)
    before = contents(folder)
    damage(folder)
    assert contents(folder) != before
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
