"""A panel as a folder: one .npy file an array, mapped when read, and a JSON header that says what it was built from.

The header carries the key, its own checksum, and of every file the size, the CRC-32 of all its bytes and how the array
lies in it; what .npy files say of themselves is not asked. A folder that disagrees with any of it, or with the key asked
for, or that cannot be read for whatever reason, is no panel. Files reach the disk before the folder gets its name."""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, fields
from decimal import Decimal
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import numpy as np
from numpy.typing import NDArray

from fundarb.domain.instrument import LotRule, Pair
from fundarb.signals.fingerprint import wide_words
from fundarb.signals.panel import CandleRows, Panel, SettlementRows

HEADER = "header.json"
TIMES = "times.npy"
ROWS = ("settlements", "perp", "spot", "mark")
CHUNK_BYTES = 2**18  # stays in a core's own cache between being read and being summed

Stored = Mapping[str, Any]
Written = TypeVar("Written")


def write_panel(folder: Path, panel: Panel, key: Mapping[str, Any]) -> None:
    """Write a panel into an empty folder, the header last; OSError where that cannot be done."""
    arrays = {name: _write_array(folder / name, values) for name, values in _arrays(panel)}
    content = {
        "key": dict(key),
        "until_ms": panel.until_ms,
        "data_hash": panel.data_hash,
        "pairs": [asdict(pair) for pair in panel.pairs],
        "wide": {part: wide_words(getattr(panel, part).wide) for part in ROWS},
        "arrays": arrays,
    }
    text = json.dumps(content, default=str, separators=(",", ":")).encode()
    _write(folder / HEADER, lambda file: file.write(_checksum(text) + b"\n" + text))
    _flush_folder(folder)


def read_panel(folder: Path, key: Mapping[str, Any]) -> Panel | None:
    """The panel in a folder, its arrays mapped and read-only; None unless all of it is there and built from `key`."""
    try:
        checksum, text = (folder / HEADER).read_bytes().split(b"\n", 1)
        content = json.loads(text) if checksum == _checksum(text) else {}
        if content.get("key") != key or not _all_there(folder, content["arrays"]):
            return None
        return _panel(folder, content)
    except Exception:  # a cache is done without: no reason why it cannot be read may stop a run
        return None


def _panel(folder: Path, content: Stored) -> Panel:
    arrays, wide = content["arrays"], {part: _wide(content["wide"][part]) for part in ROWS}
    return Panel(
        pairs=tuple(map(_pair, content["pairs"])),
        settlements=SettlementRows(**_mapped(folder, "settlements", SettlementRows, arrays), wide=wide["settlements"]),
        perp=CandleRows(**_mapped(folder, "perp", CandleRows, arrays), wide=wide["perp"]),
        spot=CandleRows(**_mapped(folder, "spot", CandleRows, arrays), wide=wide["spot"]),
        mark=CandleRows(**_mapped(folder, "mark", CandleRows, arrays), wide=wide["mark"]),
        times=_map_array(folder / TIMES, arrays[TIMES]),
        until_ms=content["until_ms"],
        data_hash=content["data_hash"],
    )


def _arrays(panel: Panel) -> Iterator[tuple[str, NDArray[Any]]]:
    """Every array of a panel under its file name."""
    yield TIMES, panel.times
    for part in ROWS:
        record = getattr(panel, part)
        for name in _names(type(record)):
            yield _file_name(part, name), getattr(record, name)


def _mapped(folder: Path, part: str, kind: type[Any], arrays: Mapping[str, Stored]) -> dict[str, NDArray[Any]]:
    """The arrays of one part: plain read-only arrays over mapped files."""
    files = {name: _file_name(part, name) for name in _names(kind)}
    return {name: _map_array(folder / file, arrays[file]) for name, file in files.items()}


def _file_name(part: str, name: str) -> str:
    return f"{part}.{name}.npy"


def _names(kind: type[Any]) -> list[str]:
    return [member.name for member in fields(kind) if member.name != "wide"]


def _all_there(folder: Path, arrays: Mapping[str, Stored]) -> bool:
    return all((folder / name).stat().st_size == stored["size"] for name, stored in arrays.items())


class _Summing:
    """Writes to a file and sums what was meant to be written, so that what the disk made of it can be told from that."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = 0
        self.crc32 = 0

    def write(self, data: bytes) -> int:
        self.size += len(data)
        self.crc32 = zlib.crc32(data, self.crc32)
        return self._file.write(data)


def _write_array(path: Path, values: NDArray[Any]) -> dict[str, Any]:
    """Write one array in the order of C; what must be known to check and to map it."""
    values = np.ascontiguousarray(values)

    def fill(file: BinaryIO) -> dict[str, Any]:
        out = _Summing(file)
        np.save(out, values)
        start = out.size - values.nbytes
        layout = {"dtype": values.dtype.str, "shape": values.shape, "start": start}
        return {"size": out.size, "crc32": out.crc32, **layout}

    return _write(path, fill)


def _map_array(path: Path, stored: Stored) -> NDArray[Any]:
    """One array over its mapped file; ValueError unless every byte of the file is as it was written."""
    with path.open("rb", buffering=0) as file:
        if _crc32(file) != stored["crc32"]:
            raise ValueError(f"{path}: the content is not what was written")
        dtype, shape = np.dtype(stored["dtype"]), tuple(stored["shape"])
        return np.asarray(np.memmap(file, dtype, "r", stored["start"], shape))


def _crc32(file: FileIO) -> int:
    """Of a whole file, read and not mapped: then a failing disk is an OSError and no signal, and the sum costs no memory."""
    chunk, crc32 = memoryview(bytearray(CHUNK_BYTES)), 0
    while count := file.readinto(chunk):
        crc32 = zlib.crc32(chunk[:count], crc32)
    return crc32


def _write(path: Path, fill: Callable[[BinaryIO], Written]) -> Written:
    """Create a file for its owner alone, fill it, see it onto the disk; what `fill` says of it."""
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        written = fill(file)
        file.flush()
        os.fsync(file.fileno())
        return written


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _checksum(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest().encode()


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
