"""No byte of a stored panel can change without the panel being told from what was written, and built again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundarb.adapters.sqlite import panel_files
from fundarb.adapters.sqlite.panel_files import read_panel, write_panel
from fundarb.signals.panel import Panel
from tests.adapters.panel_store import assert_same, cached, folders, make, plain

KEY = {"revision": "r"}
FLIPS = st.lists(st.tuples(st.integers(0, 2**32), st.integers(1, 255)), min_size=1, max_size=3)


class Stored(NamedTuple):
    """A database, its panel, and that panel written: into a folder of its own, and into the cache of the database."""

    database: Path
    panel: Panel
    folder: Path


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    database = asyncio.run(make(tmp_path_factory.mktemp("bytes") / "m.db"))
    panel, _ = asyncio.run(cached(database))
    folder = tmp_path_factory.mktemp("panel")
    write_panel(folder, panel, KEY)
    return Stored(database, asyncio.run(plain(database)), folder)


def flipped(folder: Path, flips: Sequence[tuple[int, int]]) -> dict[Path, bytes]:
    """The files that change, as they become; a position counts through all files of the folder, one after another."""
    files = {path: path.read_bytes() for path in sorted(folder.iterdir())}
    changed = dict(files)
    for position, mask in flips:
        path, offset = locate(files, position % sum(map(len, files.values())))
        content = bytearray(changed[path])
        content[offset] ^= mask
        changed[path] = bytes(content)
    return {path: content for path, content in changed.items() if content != files[path]}


def locate(files: dict[Path, bytes], position: int) -> tuple[Path, int]:
    """The file that holds a position, and where in it."""
    for path, content in files.items():
        if position < len(content):
            return path, position
        position -= len(content)
    raise AssertionError("a position beyond the last file")


@contextmanager
def replaced(files: dict[Path, bytes]) -> Iterator[None]:
    """Files of other content for a while."""
    before = {path: path.read_bytes() for path in files}
    try:
        for path, content in files.items():
            path.write_bytes(content)
        yield
    finally:
        for path, content in before.items():
            path.write_bytes(content)


@settings(max_examples=150, deadline=None)
@given(flips=FLIPS)
def test_bytes_changed_anywhere_make_it_no_panel(stored: Stored, flips: list[tuple[int, int]]) -> None:
    changed = flipped(stored.folder, flips)
    with replaced(changed):
        assert (read_panel(stored.folder, KEY) is None) == bool(changed)
    whole = read_panel(stored.folder, KEY)
    assert whole is not None
    assert_same(whole, stored.panel)


@settings(max_examples=15, deadline=None)
@given(flips=FLIPS)
def test_bytes_changed_anywhere_in_the_cache_have_it_built_again(stored: Stored, flips: list[tuple[int, int]]) -> None:
    (folder,) = folders(stored.database)
    changed = flipped(folder, flips)
    for path, content in changed.items():
        path.write_bytes(content)
    panel, reads = asyncio.run(cached(stored.database))
    assert reads == (8 if changed else 0)
    assert_same(panel, stored.panel)
    assert asyncio.run(cached(stored.database))[1] == 0


@pytest.mark.parametrize("name", ["perp.close.npy", "times.npy"])
def test_every_single_byte_of_an_array_file_counts(stored: Stored, name: str) -> None:
    path = stored.folder / name
    content = path.read_bytes()
    assert content.startswith(b"\x93NUMPY")
    for position, byte in enumerate(content):
        with replaced({path: content[:position] + bytes([byte ^ 1]) + content[position + 1 :]}):
            assert read_panel(stored.folder, KEY) is None, position


def test_the_whole_header_counts_to_the_end_of_its_first_line(stored: Stored) -> None:
    path = stored.folder / "header.json"
    with replaced({path: path.read_bytes().replace(b"\n", b"\r")}):
        assert read_panel(stored.folder, KEY) is None


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), MemoryError(), RuntimeError("of any kind")])
def test_whatever_fails_while_reading_leaves_no_panel(
    stored: Stored, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_with(error, monkeypatch)
    assert read_panel(stored.folder, KEY) is None


@pytest.mark.parametrize("stop", [KeyboardInterrupt, asyncio.CancelledError, SystemExit])
def test_a_stop_while_reading_stops(stored: Stored, stop: type[BaseException], monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(stop(), monkeypatch)
    with pytest.raises(stop):
        read_panel(stored.folder, KEY)


def fail_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the sum of a file end in an error, as a failing disk, a full memory or a signal would."""

    def raising(*_: object) -> int:
        raise error

    monkeypatch.setattr(panel_files, "_crc32", raising)
