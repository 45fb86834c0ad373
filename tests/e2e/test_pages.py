"""`report --html` from end to end: the figures of the page, read in a browser, are those of the JSON; what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from fundarb.reporting.figures import amount, percent
from fundarb.reporting.run_document import SPLIT
from fundarb.reporting.run_table import PERCENTS
from tests.browser.chromium import Chromium
from tests.browser.page import Page
from tests.cli.processes import ROOT, call
from tests.e2e.asking import LOW, ask, document, table
from tests.e2e.sweeping import write_grid

SHOWN = ("net", "apr_on_capital", "sharpe_daily", "max_drawdown", "win_rate", "utilisation", *SPLIT, "equity")


@pytest.fixture(scope="module")
def kept(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a sweep and an invocation of two modes stored, and the page of each."""
    directory = tmp_path_factory.mktemp("kept") / "here"
    shutil.copytree(filled, directory)
    write_grid(directory)
    ask("sweep", directory)
    ask("report --html sweep.html", directory)
    ask("backtest --mode simple,composite", directory, *LOW)
    done = ask("report latest --html group.html --format json", directory)
    assert done.stdout.split() == ["{", '"written":', "[", '"group.html"', "]", "}"]
    return directory


def rows_of(page: Page, section: str) -> list[dict[str, str]]:
    """The first table of a section, by column."""
    found: list[dict[str, str]] = page.ask(
        f"""[...document.querySelectorAll('#{section} table')[0].querySelectorAll('tbody tr')].map((row) =>
          Object.fromEntries([...row.children].map((cell) => [cell.dataset.column, cell.innerText])))"""
    )
    return found


def shown(run: dict[str, Any], name: str) -> str:
    """A figure of the JSON as a table shows it."""
    value = {**run["totals"], **run["metrics"]}[name]
    return "–" if value is None else str(percent(value) if name in PERCENTS else amount(value))


def test_the_figures_of_the_page_are_those_of_the_json(kept: Path, chromium: Chromium) -> None:
    whole = document("report --by month", kept)
    runs = [*whole["runs"], *(run for mode, run in whole["benchmarks"].items() if mode != "simple")]
    with chromium.page() as page:
        page.open(kept / "group.html")
        page.wait("document.documentElement.dataset.ready")
        rows = rows_of(page, "results")
        assert [row["run"] for row in rows] == ["simple", "composite", "cash", "hold"]
        for row, run in zip(rows, runs, strict=True):
            assert {name: row[name] for name in SHOWN} == {name: shown(run, name) for name in SHOWN}
            assert row["trades"] == str(run["counts"]["trades"])
        for number, run in enumerate(whole["runs"], 1):
            months = {part["month"]: part for part in run["by"]["month"] if part["month"] != "rest"}
            cells = page.ask(
                f"Object.fromEntries([...document.querySelectorAll('#apart-{number} [data-month]')]"
                ".filter((cell) => cell.innerText).map((cell) => [cell.dataset.month, cell.innerText]))"
            )
            assert cells == {month: str(amount(part["net"])) for month, part in months.items()}
        assert page.ask("document.querySelectorAll('#pairs figure').length") == len(
            {trade["pair"] for run in document("report --trades", kept)["runs"] for trade in run["trades"]}
        )
        assert page.errors == []


def test_the_page_of_a_sweep_says_its_verdict_and_shows_its_map(kept: Path, chromium: Chromium) -> None:
    (group,) = {row["group"] for row in table("report list", kept)} - {table("report list", kept)[0]["group"]}
    sweep = document(f"report {group}", kept)["sweep"]
    with chromium.page() as page:
        page.open(kept / "sweep.html")
        page.wait("document.documentElement.dataset.ready")
        assert page.text("#verdict .no-edge") == sweep["verdict"]["words"].splitlines()[0]
        said = page.ask("[...document.querySelectorAll('.rules li')].map((rule) => rule.children[1].innerText)")
        assert said == [rule["words"] for rule in sweep["verdict"]["rules"]]
        rows = rows_of(page, "found")
        assert [row["sharpe_daily"] for row in rows] == [
            str(amount(one["metrics"]["sharpe_daily"])) for one in sweep["results"]
        ]
        assert [row["entry"] for row in rows] == [one["params"]["strategy.simple.entry"] for one in sweep["results"]]
        page.ask("document.querySelector('#maps').scrollIntoView()")
        page.wait("document.querySelectorAll('#maps .grid:first-of-type .main-svg .heatmaplayer image').length === 2")
        assert page.errors == []


def test_the_same_run_makes_the_same_page_in_the_place_of_the_old_one(kept: Path, tmp_path: Path) -> None:
    before = (kept / "group.html").read_bytes()
    target, link = tmp_path / "target.html", tmp_path / "link.html"
    target.write_text("old")
    link.symlink_to(target)
    ask("report latest", kept, "--html", str(link))
    assert link.is_symlink()
    assert target.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.html", "target.html"]


def test_runs_held_side_by_side_make_one_page(kept: Path) -> None:
    ids = [run["run_id"] for run in document("report", kept)["runs"]]
    ask(f"report {ids[0]} --compare {ids[1]} --html beside.html", kept)
    page = (kept / "beside.html").read_text("utf-8")
    assert "<h1>simple and composite</h1>" in page
    assert "change to composite" in page


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("report --html data", "--html data: a directory, not a file; name a file in it"),
        ("report --html no/page.html", "--html no/page.html: there is no directory no; make it first"),
        ("report --html -", "--html -: standard output is not supported; name a file"),
        ("report --html data/fundarb.db", "--html data/fundarb.db: belongs to the database data/fundarb.db"),
        ("report --html page.html --trades", "--html shows everything; --trades would be a table beside it"),
        ("report list --html page.html", "--html of which run? `list` only names them"),
        ("report nothing --html page.html", "no stored run is called 'nothing'"),
    ],
)
def test_what_cannot_be_a_page_is_refused_with_the_next_step(line: str, words: str, kept: Path) -> None:
    assert words in ask(line, kept, code=2).stderr
    assert not (kept / "page.html").exists()


def test_a_place_that_takes_no_file_is_told_and_leaves_nothing(kept: Path) -> None:
    done = ask("report --html /proc/page.html", kept, code=1)
    assert "/proc/page.html: cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_plotly_the_line_that_installs_it_is_named(kept: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['plotly'] = None\n")
    done = call("fundarb", "report", "--html", "page.html", cwd=kept, PYTHONPATH=f"{tmp_path}:{ROOT}")
    assert done.returncode == 2
    assert "--html needs plotly, which is not installed; `pip install 'fundarb[plots]'` brings it" in done.stderr
