"""A panel as a folder: one .npy file an array, mapped when read, and a JSON header that says what it was built from.

The header carries the key, every file's size and its own checksum; a folder that disagrees with any of them, or with
the key asked for, is no panel. Files reach the disk before the folder gets its name."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, fields
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from fundarb.domain.instrument import LotRule, Pair
from fundarb.signals.fingerprint import wide_words
from fundarb.signals.panel import CandleRows, Matrices, Panel, SettlementRows

HEADER = "header.json"
ROWS = ("settlements", "perp", "spot", "mark")


def write_panel(folder: Path, panel: Panel, key: Mapping[str, Any]) -> None:
    """Write a panel into an empty folder, the header last; OSError where that cannot be done."""
    sizes = {name: _write(folder / name, partial(np.save, arr=values)) for name, values in _arrays(panel)}
    content = {
        "key": dict(key),
        "until_ms": panel.until_ms,
        "data_hash": panel.data_hash,
        "pairs": [asdict(pair) for pair in panel.pairs],
        "wide": {part: wide_words(getattr(panel, part).wide) for part in ROWS},
        "sizes": sizes,
    }
    text = json.dumps(content, default=str, separators=(",", ":"))
    _write(folder / HEADER, lambda file: file.write(f"{_checksum(text)}\n{text}".encode()))
    _flush_folder(folder)


def read_panel(folder: Path, key: Mapping[str, Any]) -> Panel | None:
    """The panel in a folder, its arrays mapped and read-only; None unless all of it is there and built from `key`."""
    try:
        checksum, text = (folder / HEADER).read_text(encoding="utf-8").split("\n", 1)
        content = json.loads(text) if checksum == _checksum(text) else {}
        if content.get("key") != key or not _all_there(folder, content["sizes"]):
            return None
        return _panel(folder, content)
    except (OSError, ValueError):  # gone meanwhile, unreadable, cut short, or no JSON at all
        return None


def _panel(folder: Path, content: Mapping[str, Any]) -> Panel:
    wide = {part: _wide(content["wide"][part]) for part in ROWS}
    return Panel(
        pairs=tuple(map(_pair, content["pairs"])),
        settlements=SettlementRows(**_mapped(folder, "settlements", SettlementRows), wide=wide["settlements"]),
        perp=CandleRows(**_mapped(folder, "perp", CandleRows), wide=wide["perp"]),
        spot=CandleRows(**_mapped(folder, "spot", CandleRows), wide=wide["spot"]),
        mark=CandleRows(**_mapped(folder, "mark", CandleRows), wide=wide["mark"]),
        matrices=Matrices(**_mapped(folder, "matrices", Matrices)),
        until_ms=content["until_ms"],
        data_hash=content["data_hash"],
    )


def _arrays(panel: Panel) -> Iterator[tuple[str, NDArray[Any]]]:
    """Every array of a panel under its file name."""
    for part in (*ROWS, "matrices"):
        record = getattr(panel, part)
        for name in _names(type(record)):
            yield f"{part}.{name}.npy", getattr(record, name)


def _mapped(folder: Path, part: str, kind: type[Any]) -> dict[str, NDArray[Any]]:
    """The arrays of one part: plain read-only arrays over mapped files."""
    return {name: np.asarray(np.load(folder / f"{part}.{name}.npy", mmap_mode="r")) for name in _names(kind)}


def _names(kind: type[Any]) -> list[str]:
    return [member.name for member in fields(kind) if member.name != "wide"]


def _all_there(folder: Path, sizes: Mapping[str, int]) -> bool:
    return all((folder / name).stat().st_size == size for name, size in sizes.items())


def _write(path: Path, fill: Callable[[BinaryIO], Any]) -> int:
    """Create a file for its owner alone, fill it, see it onto the disk; its size."""
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        fill(file)
        file.flush()
        os.fsync(file.fileno())
        return file.tell()


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _wide(words: Mapping[str, Mapping[str, str]]) -> dict[str, dict[int, Decimal]]:
    return {name: {int(row): Decimal(number) for row, number in rows.items()} for name, rows in words.items()}


def _pair(words: Mapping[str, Any]) -> Pair:
    """A pair from what `asdict` and JSON made of it."""
    mmr = words["mmr"]
    return Pair(
        symbol=words["symbol"],
        spot=words["spot"],
        multiplier=Decimal(words["multiplier"]),
        perp_lots=_lots(words["perp_lots"]),
        spot_lots=_lots(words["spot_lots"]),
        first_seen_ms=words["first_seen_ms"],
        gone_ms=words["gone_ms"],
        mmr=None if mmr is None else Decimal(mmr),
    )


def _lots(words: Mapping[str, str]) -> LotRule:
    return LotRule(**{name: Decimal(number) for name, number in words.items()})
