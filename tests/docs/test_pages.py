"""What the pages mention exists: files, anchors, options, parameters, exit codes, and every name an answer can hold."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path

import pytest

import fundarb
from fundarb import errors
from fundarb.config.schema import Unknown, find
from fundarb.config.settings import SCHEMA
from fundarb.domain.decision import EntryReason, ExitReason, Refusal
from fundarb.domain.position import Split
from fundarb.domain.result import FLAGS, METRICS, Counts, Totals
from fundarb.reporting.facts import BARRING
from fundarb.reporting.opportunity_table import COLUMNS as SIGNALS
from fundarb.strategy.params import MODES
from tests.docs.pages import COMMAND_PAGE, PAGES, README, ROOT, blocks, first_column, name_of, prose, ticked, written

DOCS = ROOT / "docs"
LANGUAGES = {"sh", "cron", "ini", "yaml", "python", "diff", "text"}
FOREIGN = {"--user", "--now"}  # options of systemctl
SIGNALLED = {0, 130, 143}
on_every_page = pytest.mark.parametrize("page", PAGES, ids=name_of)


def anchors(page: Path) -> set[str]:
    """What a link may point at within a page."""
    heads = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", head.lower()).replace(" ", "-") for head in heads}


def descendants(kind: type[BaseException]) -> Iterator[type[BaseException]]:
    yield kind
    for below in kind.__subclasses__():
        yield from descendants(below)


@on_every_page
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", prose(page)):
        name, _, anchor = target.partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(there), f"{page.name}: {target}"


@on_every_page
def test_every_option_is_one_of_the_program(page: Path) -> None:
    known = set(re.findall(r"--[a-z][a-z-]*", COMMAND_PAGE.read_text("utf-8")))
    mentioned = {option for words in ticked(page) for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", words)}
    assert mentioned <= known | FOREIGN, mentioned - known - FOREIGN


@on_every_page
def test_every_parameter_is_one_that_can_be_set(page: Path) -> None:
    sections = "|".join(SCHEMA.children)
    for words in ticked(page):
        if (path := re.match(rf"((?:{sections})\.[a-z_.A-Z]+)", words)) and "(" not in words:
            assert not isinstance(find(SCHEMA, path[1].rstrip(".")), Unknown), f"{page.name}: {words}"


@on_every_page
def test_every_block_says_what_it_is(page: Path) -> None:
    opening = [] if page != README else [("", "make demo\nmake test\n")]
    unnamed = [(block.language, block.text) for block in blocks(page) if block.language not in LANGUAGES]
    assert unnamed == opening


def test_every_page_is_in_the_list_of_pages() -> None:
    listed = set(re.findall(r"\]\((docs/[\w.-]+)\)", prose(README)))
    assert listed == {f"docs/{page.name}" for page in DOCS.glob("*.md")}


def test_the_exit_codes_are_those_of_the_errors() -> None:
    table = written(README).partition("## Exit codes")[2].partition("##")[0]
    told = {int(code) for cell in re.findall(r"^\| ([\d, ]+) \|", table, re.MULTILINE) for code in cell.split(",")}
    raised = {kind.exit_code for kind in descendants(errors.FundarbError) if issubclass(kind, errors.FundarbError)}
    assert told == raised | SIGNALLED


def test_the_extras_are_those_that_can_be_installed() -> None:
    table = written(README).partition("## Installation")[2].partition("\n## ")[0]
    there = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(there) - {"dev"}


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(METRICS, id="metrics"),
        pytest.param(FLAGS, id="flags"),
        pytest.param([one.name for one in fields(Counts)], id="counts"),
        pytest.param([one.name for one in fields(Split)], id="parts"),
        pytest.param([one.name for one in fields(Totals) if one.name != "split"], id="totals"),
        pytest.param(list(Refusal), id="refusals"),
        pytest.param(MODES, id="modes"),
        pytest.param(SIGNALS, id="signals"),
    ],
)
def test_every_name_an_answer_holds_is_explained_in_a_table(names: Iterable[str]) -> None:
    assert set(map(str, names)) <= first_column(DOCS / "numbers.md")


@pytest.mark.parametrize(
    "names",
    [pytest.param([*EntryReason, *ExitReason], id="reasons"), pytest.param(BARRING, id="flags of signals")],
)
def test_every_word_of_an_answer_is_explained(names: Iterable[str]) -> None:
    assert set(map(str, names)) <= set(ticked(DOCS / "numbers.md"))


def test_the_changelog_knows_this_version_below_what_is_not_released() -> None:
    versions = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert versions[:2] == ["Unreleased", fundarb.__version__]


def test_the_library_page_lists_the_public_names() -> None:
    assert first_column(DOCS / "library.md") == {f"fundarb.{name}" for name in fundarb.__all__}


def test_the_protocols_of_a_venue_are_where_the_page_says() -> None:
    rows = re.findall(r"^\| `(\w+)` in \[(fundarb/\S+)\].*\[(tests/\S+)\]", prose(DOCS / "extending.md"), re.MULTILINE)
    assert len(rows) == 3
    for protocol, source, tests in rows:
        assert f"class {protocol}(Protocol)" in (ROOT / source).read_text("utf-8")
        assert protocol in (ROOT / tests).read_text("utf-8")
