"""A YAML file is read as text with lines; whatever is wrong with it is said with its line."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fundarb.accounting.costs import PairCostParams
from tests.config.asking import origin, refused, resolved, value


def test_scalars_stay_the_text_they_were_written_as() -> None:
    found = resolved("universe: {pairs: [NO, ON, 0123]}")
    assert found.settings.universe.pairs == ("NO", "ON", "0123")


def test_an_empty_file_says_nothing() -> None:
    for text in ("", "# only words\n", "---\n", "null\n", "\ufeffcapital: 10000\n"):
        assert resolved(text).settings == resolved().settings


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: [", 1, "not readable as YAML: "),
        ("capital: 1\n  mode: x\n", 2, "not readable as YAML: "),
        ("capital: 1\n\tx: 2\n", 2, "not readable as YAML: "),
        ("capital: *nowhere\n", 1, "found undefined alias"),
        ("capital: 1\n---\ncapital: 2\n", 2, "single document"),
        ("capital: 1\nuniverse: \x01\n", 2, "character U+0001 is not allowed"),
        ("[" * 5000, 1, "nested too deeply"),
        ("- capital\n", 1, "the top level is not a mapping"),
        ("\n10000\n", 2, "the top level is not a mapping"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_line(text: str, line: int, words: str) -> None:
    (found,) = refused(text)
    assert found.startswith(f"c.yaml:{line}: ")
    assert words in found


def test_what_is_not_utf8_is_said_with_its_line() -> None:
    assert refused(b"capital: 1\n# caf\xe9\n") == [
        "c.yaml:2: not UTF-8: byte 0xe9 at offset 16; save the file as UTF-8"
    ]


def test_a_file_that_cannot_be_a_configuration_is_not_read_on() -> None:
    assert "is larger than" in refused("#" * (1 << 20) + "\n")[0]


@pytest.mark.parametrize(
    "text",
    ["capital: 1\nrisk:\n  pair_cap: 5\ncapital: 2\n", "capital: 1\nsizing: {}\n\n'capital': 2\n"],
)
def test_a_key_given_twice_is_refused(text: str) -> None:
    assert refused(text) == ["c.yaml:4: capital: is given twice, first at line 1; keep one of them"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1, 2\n", "expected ',' or ']', but got '<stream end>'"),
        ("a: {b: 1, c\n", "expected ',' or '}', but got '<stream end>'"),
        ("a: %b\n", "found character '%' that cannot start any token"),
        ("a: *bc\n", "found undefined alias (something)"),
        ("a: !b!c d\n", "found undefined tag handle (something)"),
        ("a: &'\n", """but found "'\""""),
    ],
)
def test_a_slip_of_syntax_is_named_without_what_the_file_says(text: str, words: str) -> None:
    (line,) = refused(text)
    assert f": not readable as YAML: {words}" in line.replace("expected alphabetic or numeric character, ", "")


def test_a_path_given_twice_in_two_spellings_is_refused() -> None:
    (line,) = refused("strategy: {mode: cash}\nstrategy.mode: hold\n")
    assert line == "c.yaml:2: strategy.mode: is given twice, first at c.yaml:1; keep one of them"


def test_anchors_and_merges_work_and_own_keys_win() -> None:
    text = (
        "costs:\n  pairs:\n    BTC: &major\n      slippage_bps: 1\n      fee_spot: 0.0002\n"
        "    ETH: *major\n    SOL:\n      <<: *major\n      slippage_bps: 3\n"
    )
    found = resolved(text)
    pairs = found.settings.costs.pairs
    assert pairs["ETH"] == pairs["BTC"]
    assert pairs["SOL"] == PairCostParams(slippage_bps=Decimal(3), fee_spot=Decimal("0.0002"))
    assert origin(found, "costs.pairs.SOL.slippage_bps") == "c.yaml:9"


@pytest.mark.parametrize("text", ["costs: &a {pairs: {BTC: {<<: *a}}}\n", "costs: {<<: 3}\n", "costs: &a {<<: *a}\n"])
def test_a_merge_that_leads_nowhere_is_refused(text: str) -> None:
    assert all(line.startswith("c.yaml:1: costs") for line in refused(text))


def test_an_anchor_within_itself_ends() -> None:
    assert "no such key" in refused("everything: &a [*a, {b: *a}]\n")[0]


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.getcwd []", "!env HOME", "!!float 5", "!!binary aGk="])
def test_tags_mean_nothing_and_run_nothing(tag: str) -> None:
    assert refused(f"capital: {tag}\n") == ["c.yaml:1: capital: a tag (!…) has no meaning here; write the plain value"]


@pytest.mark.parametrize("written", ["", "null", "~", " # all keys are comments"])
def test_an_empty_section_is_named(written: str) -> None:
    (line,) = refused(f"capital: 5\nrisk: {written}\n")
    assert line.startswith(
        "c.yaml:2: risk: is an empty section; write its keys or remove the line; allowed beneath it: "
    )


def test_an_empty_mapping_changes_nothing() -> None:
    assert value(resolved("risk: {}\n"), "risk.max_positions") == "5"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("strategy: simple\n", "strategy: is a section, not a value; did you mean strategy.mode?"),
        ("risk: [1]\n", "risk: is a section, not a value; allowed beneath it: max_positions"),
        ("capital: {a: 1}\n", "capital: a mapping is no value; allowed: a number above 0"),
        ("capital: [1, 2]\n", "capital: [1, 2] is a list where one value is wanted; allowed: "),
        ("universe: {pairs: [[BTC]]}\n", "universe.pairs: an item of the list is not plain text"),
        ("? [a]\n: 1\n", "a key must be plain text"),
        ("capital.usd: 1\n", "capital.usd: no such key; capital is a value, it has no keys"),
    ],
)
def test_the_wrong_shape_is_refused(text: str, words: str) -> None:
    (line,) = refused(text)
    assert line.startswith("c.yaml:1: ")
    assert words in line
