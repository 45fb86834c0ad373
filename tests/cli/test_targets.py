"""An export writes over nothing but a plain file that is nobody else's: the database and what lies beside it stay."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from fundarb.cli.commands.files import Files
from fundarb.cli.database_files import require_apart
from fundarb.errors import UsageError

OWN = (
    "",
    "-wal",
    "-shm",
    "-journal",
    ".data.lock",
    ".trade.lock",
    ".runtime.yaml",
    ".scene.json",
    ".backup-v1-x",
    ".panels",
    ".panels/a",
    ".trials/a.f4",
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a database in `data` and an old export beside."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/a.db").write_bytes(b"a database")
    (tmp_path / "old.csv").write_text("old\n")
    return tmp_path


def files(paths: Mapping[str, str]) -> Files:
    return Files(*(Path(paths[kind]) if kind in paths else None for kind in ("instruments", "funding", "candles")))


def refused(database: str = "data/a.db", **paths: str) -> str:
    """Why nothing is written there."""
    with pytest.raises(UsageError) as caught:
        files(paths).require_writable("export", Path(database))
    assert caught.value.exit_code == 2
    return str(caught.value)


@pytest.mark.parametrize("kind", ["funding", "candles", "instruments"])
@pytest.mark.parametrize("suffix", OWN)
def test_the_database_and_the_files_beside_it_are_never_written_over(suffix: str, kind: str, here: Path) -> None:
    (here / "data/a.db.panels").mkdir()
    (here / "data/a.db.trials").mkdir()
    if suffix == ".panels":
        assert f"--{kind} data/a.db.panels: a directory" in refused(**{kind: "data/a.db.panels"})
    else:
        words = f"--{kind} data/a.db{suffix}: belongs to the database data/a.db; name a file of another name"
        assert refused(**{kind: f"data/a.db{suffix}"}) == words


@pytest.mark.parametrize("make", [os.symlink, os.link])
def test_another_name_of_the_database_is_the_database(make: Callable[[Path, Path], None], here: Path) -> None:
    make(here / "data/a.db", here / "out.csv")
    assert "belongs to the database" in refused(funding="out.csv")
    assert "belongs to the database" in refused("out.csv", funding="data/a.db")
    assert "belongs to the database" in refused("out.csv", funding="out.csv")


def test_what_lies_beside_the_file_that_a_linked_database_leads_to_is_its_own(here: Path) -> None:
    (here / "b.db").symlink_to("data/a.db")
    assert "belongs to the database" in refused("b.db", funding="data/a.db-wal")


def test_a_spelling_by_another_directory_is_seen_through(here: Path) -> None:
    (here / "side").symlink_to("data")
    for name in ("side/../data/a.db", "side/a.db-wal", str(here / "data/a.db")):
        assert "belongs to the database" in refused(funding=name)


def test_another_file_in_the_directory_of_the_database_may_be_written(here: Path) -> None:
    files({"funding": "data/a.db.funding.csv", "candles": "old.csv"}).require_writable("export", Path("data/a.db"))


def test_what_is_no_plain_file_is_refused(here: Path) -> None:
    os.mkfifo(here / "pipe")
    (here / "to-pipe").symlink_to("pipe")
    read, write = os.pipe()
    for name in ("pipe", "to-pipe", "/dev/null", f"/proc/self/fd/{write}"):
        assert refused(funding=name) == f"--funding {name}: a pipe or device, not a file; name a file"
    os.close(read)
    os.close(write)
    assert refused(funding="data") == "--funding data: a directory, not a file; name a file in it"


def test_one_file_under_two_options_is_refused_by_whatever_names(here: Path) -> None:
    (here / "link.csv").symlink_to("x.csv")
    os.link(here / "old.csv", here / "twin.csv")
    for one, other in (("x.csv", "x.csv"), ("x.csv", "data/../x.csv"), ("x.csv", "link.csv"), ("old.csv", "twin.csv")):
        assert "two options name the same file" in refused(funding=one, candles=other)


def test_standard_output_is_no_file(here: Path) -> None:
    assert refused(funding="-") == "--funding -: standard output is not supported; name a file"


def test_a_link_that_leads_to_itself_or_into_no_directory_is_refused(here: Path) -> None:
    (here / "loop").symlink_to("loop")
    (here / "lost").symlink_to("nowhere/x.csv")
    assert refused(funding="loop") == "--funding loop: a link that leads nowhere but to itself; name a file"
    assert refused(funding="lost") == f"--funding lost: there is no directory {here}/nowhere; make it first"
    assert refused(funding="nowhere/x.csv") == "--funding nowhere/x.csv: there is no directory nowhere; make it first"


def test_an_import_does_not_open_the_database_as_a_file(here: Path) -> None:
    with pytest.raises(UsageError, match=r"--candles data/a\.db: belongs to the database"):
        files({"candles": "data/a.db"}).require_readable("import", Path("data/a.db"))


def test_a_file_is_told_from_the_database_that_is_not_there_yet(here: Path) -> None:
    require_apart("--log-file", Path("data/log"), Path("data/new.db"))
    with pytest.raises(UsageError, match=r"--log-file data/new\.db: belongs to the database data/new\.db"):
        require_apart("--log-file", Path("data/new.db"), Path("data/new.db"))
