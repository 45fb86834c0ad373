"""What an export writes is what an import reads: canonical, in order, whole or not there."""

from __future__ import annotations

import errno
import gzip
import os
import random
import stat
from pathlib import Path

import pytest

from fundarb.errors import StorageError
from fundarb.ports.market import Written
from tests.adapters.layout.files import BTC, BTC_ROW, CANDLES, FUNDING, HOUR, INSTRUMENTS, T0, Files, Folder, rates

ETH = "ETH/USDT:USDT"
PAIRS = (BTC_ROW, f"{ETH},ETH/USDT,1,0.01,0.01,5,0.001,0.001,5,{T0},{T0 + 900 * HOUR}")
IN_ORDER = [
    f"{symbol},{market},{interval},{T0 + n * step},{n + 1},{n + 2.5},0.5,1,{'' if market == 'mark' else n}"
    for symbol in (BTC, ETH)
    for market in ("mark", "perp", "spot")
    for interval, step in (("30m", HOUR // 2), ("1h", HOUR), ("1d", 24 * HOUR))
    for n in range(5)
]


async def filled(folder: Folder) -> None:
    """Two pairs with rates and candles, stored in no order."""
    candles = random.Random(3).sample(IN_ORDER, len(IN_ORDER))
    funding = folder.funding(*rates(20, ETH), *rates(20))
    await folder.import_(instruments=folder.instruments(*PAIRS), funding=funding, candles=folder.candles(*candles))


async def test_every_file_comes_with_its_header_in_order(folder: Folder) -> None:
    await filled(folder)
    files: Files = {
        "instruments": folder.path / "i.csv",
        "funding": folder.path / "f.csv",
        "candles": folder.path / "c.csv",
    }
    assert await folder.export(**files) == {"instruments": 2, "funding": 40, "candles": len(IN_ORDER)}
    assert files["instruments"].read_text().splitlines() == [INSTRUMENTS, *PAIRS]
    assert files["funding"].read_text().splitlines() == [FUNDING, *rates(20), *rates(20, ETH)]
    assert files["candles"].read_text().splitlines() == [CANDLES, *IN_ORDER]


async def test_what_was_exported_is_all_there_when_imported_again(folder: Folder) -> None:
    await filled(folder)
    files: Files = {
        "instruments": folder.path / "i.csv.gz",
        "funding": folder.path / "f.csv.gz",
        "candles": folder.path / "c.csv.gz",
    }
    await folder.export(**files)
    assert await folder.import_(**files) == {
        "instruments": Written(same=2),
        "funding": Written(same=40),
        "candles": Written(same=len(IN_ORDER)),
    }


async def test_equal_stores_give_equal_bytes(folder: Folder) -> None:
    await filled(folder)
    first, second = folder.path / "a.csv.gz", folder.path / "b.csv.gz"
    await folder.export(candles=first)
    await folder.export(candles=second)
    assert first.read_bytes() == second.read_bytes()
    assert gzip.decompress(first.read_bytes()).decode().splitlines() == [CANDLES, *IN_ORDER]


async def test_a_file_that_is_there_is_replaced_only_by_a_whole_one(folder: Folder) -> None:
    await filled(folder)
    (folder.path / "out").mkdir()
    target = folder.path / "out" / "f.csv"
    target.write_text("old")
    await folder.export(funding=target)
    assert len(target.read_text().splitlines()) == 41
    assert os.listdir(target.parent) == ["f.csv"]
    assert stat.S_IMODE(target.stat().st_mode) & 0o400


async def test_an_export_that_cannot_be_written_leaves_nothing(folder: Folder) -> None:
    await filled(folder)
    with pytest.raises(StorageError, match=r"full/f\.csv: cannot be written: No such file or directory"):
        await folder.export(funding=folder.path / "full" / "f.csv")
    (folder.path / "taken").mkdir()
    with pytest.raises(StorageError, match=r"taken: cannot be written: Is a directory"):
        await folder.export(funding=folder.path / "taken")
    assert not [name for name in os.listdir(folder.path) if "partial" in name]


async def test_what_a_read_only_file_system_refuses_first_is_what_is_told(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There even the removal of a file that is not there fails; it must not hide why the export did."""
    await filled(folder)
    asked: list[Path] = []

    def refuse(path: Path, *_: object, **__: object) -> None:
        asked.append(path)
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(StorageError) as refused:
        await folder.export(funding=folder.path / "f.csv")
    assert len(asked) == 2
    assert (
        str(refused.value)
        == f"{folder.path}/f.csv: cannot be written: Read-only file system; check space and permissions"
    )


async def test_a_link_stays_and_what_it_leads_to_is_replaced(folder: Folder) -> None:
    await filled(folder)
    (folder.path / "elsewhere").mkdir()
    (folder.path / "elsewhere/old.csv").write_text("old\n")
    for name in ("old.csv", "new.csv"):
        link = folder.path / f"to-{name}"
        link.symlink_to(f"elsewhere/{name}")
        await folder.export(funding=link)
        assert link.is_symlink()
        assert len(link.read_text().splitlines()) == 41
    assert sorted(os.listdir(folder.path / "elsewhere")) == ["new.csv", "old.csv"]
