"""What `demo` answers and leaves, with a tour of one step; what becomes of steps that go wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fundarb.cli.app import main
from fundarb.cli.commands import demo
from fundarb.cli.touring import Tour
from fundarb.errors import FundarbError, VenueUnreachable


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A directory to start from, and a tour of one quick step."""

    async def walk(stage: Tour, form: str, page: Path | None) -> None:
        await stage.run("One step:", f"fundarb init{form}")
        stage.say(f"the page: {page}")

    monkeypatch.setattr(demo, "walk", walk)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def test_what_is_kept_is_the_answer_and_the_tour_is_told_on_stderr(
    short: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--keep", "kept", "--format", "json"]) == 0
    out, told = capfd.readouterr()
    assert json.loads(out) == {"written": ["fundarb-demo.html", "kept"]}
    assert f"the page: {short / 'fundarb-demo.html'}\n" in told
    assert "$ fundarb init --format table\n" in told
    assert "configs/default.yaml" in told
    assert (short / "kept/configs/default.yaml").is_file()


def test_without_the_extra_nothing_is_drawn_and_nothing_left(
    short: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "find_spec", lambda name: None)
    assert main(["demo", "--format", "json"]) == 0
    out, told = capfd.readouterr()
    assert json.loads(out) == {"written": []}
    assert "the page: None\n" in told
    assert [path.name for path in short.iterdir() if path.name.startswith("fundarb-demo-")] == []


@pytest.mark.parametrize("there", ["taken", "taken/file"])
def test_a_directory_to_keep_must_be_new(there: str, short: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (short / "taken").mkdir()
    (short / "taken/file").touch()
    assert main(["demo", "--keep", there]) == 2
    assert f"--keep {there}: it is there already" in capfd.readouterr().err


def test_a_page_that_could_not_be_written_is_refused_before_the_tour(
    short: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--html", "nowhere/page.html"]) == 2
    assert "--html nowhere/page.html: there is no directory nowhere" in capfd.readouterr().err


def test_a_place_that_cannot_be_written_is_said(short: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (short / "file").touch()
    assert main(["demo", "--keep", "file/below"]) == 1
    assert "--keep file/below: Not a directory" in capfd.readouterr().err


async def test_a_step_that_fails_ends_the_tour(tmp_path: Path) -> None:
    told: list[str] = []
    stage = Tour(tmp_path, told.append, 2)
    with pytest.raises(FundarbError, match=r"`fundarb data list` ended with exit code 3"):
        await stage.run("Nothing is there:", "fundarb data list")
    assert told == ["\nNothing is there:\n$ fundarb data list"]


async def test_an_exchange_that_does_not_come_up_ends_the_tour(tmp_path: Path) -> None:
    told: list[str] = []
    stage = Tour(tmp_path, told.append, 2)
    with pytest.raises(VenueUnreachable, match="did not say where it listens"):
        async with stage.serve("Broken:", "fundarb sandbox --speed never"):
            pytest.fail("there is nothing to point at")


async def test_a_watched_command_that_ends_by_itself_ends_the_tour(tmp_path: Path) -> None:
    told: list[str] = []
    stage = Tour(tmp_path, told.append, 2)
    with pytest.raises(FundarbError, match=r"ended with exit code 0 without 'funding'"):
        await stage.watch("Over at once:", "fundarb --version", "funding")
