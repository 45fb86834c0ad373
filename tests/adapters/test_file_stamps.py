"""A file that was written is noticed once it is written no more; so is one that came or went."""

from __future__ import annotations

from pathlib import Path

from fundarb.adapters.file_stamps import FileStamps


def looks(stamps: FileStamps, times: int = 3) -> list[bool]:
    return [stamps.changed() for _ in range(times)]


def test_a_change_is_noticed_once_and_only_when_it_is_over(tmp_path: Path) -> None:
    file = tmp_path / "one.yaml"
    file.write_text("a: 1\n")
    stamps = FileStamps([file, tmp_path / "absent.yaml"])
    assert looks(stamps) == [False, False, False]
    file.write_text("a: 12\n")
    assert looks(stamps, 1) == [False]
    file.write_text("a: 123\n")
    assert looks(stamps) == [False, True, False]


def test_a_file_that_comes_or_goes_is_a_change(tmp_path: Path) -> None:
    file = tmp_path / "one.yaml"
    stamps = FileStamps([file])
    file.write_text("a: 1\n")
    assert looks(stamps) == [False, True, False]
    assert list(stamps.gone) == []
    file.unlink()
    assert looks(stamps) == [False, True, False]
    assert list(stamps.gone) == [file]
    file.write_text("a: 1\n")
    assert looks(stamps) == [False, True, False]
    assert list(stamps.gone) == []


def test_what_is_taken_back_before_it_was_noticed_is_no_change(tmp_path: Path) -> None:
    file = tmp_path / "one.yaml"
    stamps = FileStamps([file])
    file.write_text("a: 1\n")
    assert looks(stamps, 1) == [False]
    file.unlink()
    assert looks(stamps) == [False, False, False]
