"""Keeps built panels beside the database: `<db>.panels/`, one folder a panel, named by what it was built from.

The name covers the store's revision, the pairs, the end and the sources that build a panel, so what any of them has
left behind is never found. A cache that cannot be read or written is done without; it may be deleted at any time."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from fundarb import __version__
from fundarb.adapters.sqlite import columns, digits, instrument_rows, market_reader, panel_files, panel_load
from fundarb.adapters.sqlite.panel_files import read_panel, write_panel
from fundarb.adapters.sqlite.panel_load import load_with_revision
from fundarb.ports.market import MarketReader
from fundarb.signals import assembly, fingerprint
from fundarb.signals import panel as panel_types
from fundarb.signals.panel import Panel

MOST_PANELS = 8
MOST_BYTES = 8 * 2**30
ABANDONED_S = 3600  # a folder still being written after so long belongs to a process that died
UNFINISHED = ".unfinished-"
BUILDERS: tuple[ModuleType, ...] = (
    assembly,
    columns,
    digits,
    fingerprint,
    instrument_rows,
    market_reader,
    panel_files,
    panel_load,
    panel_types,
)

Key = dict[str, Any]


async def load_panel_cached(database: Path, reader: MarketReader, symbols: Sequence[str], until_ms: int) -> Panel:
    """As `load_panel`, from the cache where it holds exactly that panel; otherwise it does so afterwards."""
    root = cache_root(database)
    key = _key(await reader.revision(), symbols, until_ms)
    found = await asyncio.to_thread(_find, root, key)
    if found is not None:
        return found
    panel, revision = await load_with_revision(reader, symbols, until_ms)
    if revision is None:
        return panel
    kept = await asyncio.to_thread(_keep, root, _key(revision, symbols, until_ms), panel)
    return kept or panel


def cache_root(database: Path) -> Path:
    """Where the panels of a database are kept: beside the file itself, as its journal is, by whatever link it was named."""
    return Path(f"{os.path.realpath(database)}.panels")


def _key(revision: str, symbols: Sequence[str], until_ms: int) -> Key:
    return {"revision": revision, "pairs": sorted(set(symbols)), "until_ms": until_ms, "builders": _builders()}


@cache
def _builders() -> str:
    """Hash of the sources a panel's content depends on: an edited rule finds no panel built by the old one."""
    try:
        sources = [Path(str(module.__file__)).read_bytes() for module in BUILDERS]
    except OSError:  # installed without sources, so nobody edits them: the release names them
        return f"fundarb {__version__}"
    return hashlib.sha256(b"".join(sources)).hexdigest()


def _folder(root: Path, key: Key) -> Path:
    return root / hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:32]


def _find(root: Path, key: Key) -> Panel | None:
    """The panel of that key, marked as just used."""
    folder = _folder(root, key)
    panel = read_panel(folder, key)
    if panel is not None:
        with suppress(OSError):
            os.utime(folder)
    return panel


def _keep(root: Path, key: Key, panel: Panel) -> Panel | None:
    """Write the panel under its name, make room, and give it back as read from there; None where that cannot be done."""
    try:
        root.mkdir(mode=0o700, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=root))
    except OSError:
        return None
    folder = _folder(root, key)
    with suppress(OSError):  # a full disk, or another process making room at the same time
        write_panel(unfinished, panel, key)
        _publish(unfinished, folder, key)
        _make_room(root, folder)
    shutil.rmtree(unfinished, ignore_errors=True)
    return read_panel(folder, key)


def _publish(unfinished: Path, folder: Path, key: Key) -> None:
    """Give a written folder its name. Another process may have been first with the same; a damaged one makes way."""
    try:
        unfinished.rename(folder)
    except OSError:
        if read_panel(folder, key) is not None:
            return
        with tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=folder.parent) as aside:
            folder.rename(Path(aside, "damaged"))
            unfinished.rename(folder)


def _make_room(root: Path, newest: Path) -> None:
    """Delete the panels longest unused beyond what may be kept, and what dead processes left unfinished."""
    now = newest.stat().st_mtime
    by_use = sorted((_last_use(path), path) for path in root.iterdir() if path.is_dir())
    kept, kept_bytes = 0, 0
    for used, path in reversed(by_use):
        if path.name.startswith(UNFINISHED):
            surplus = now - used > ABANDONED_S
        else:
            kept, kept_bytes = kept + 1, kept_bytes + _size(path)
            surplus = path != newest and (kept > MOST_PANELS or kept_bytes > MOST_BYTES)
        if surplus:
            shutil.rmtree(path, ignore_errors=True)


def _last_use(path: Path) -> float:
    """0 for a folder another process has just deleted."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _size(folder: Path) -> int:
    with suppress(OSError):
        return sum(entry.stat().st_size for entry in os.scandir(folder))
    return 0
