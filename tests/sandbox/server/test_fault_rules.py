"""Faults as they are written in a file: what is taken, and what is said of mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fundarb.errors import ConfigError, InputFileMissing
from fundarb.sandbox.faults.reading import read_rules, rules_of
from fundarb.sandbox.faults.rules import Kind, Rule, Where

WRITTEN = """
faults:
  - {path: /v5/order/create, fault: timeout, where: after, count: 1}
  - path: "/v5/market/*"
    fault: html
    status: 524
    probability: 0.25
    name: a bad day
"""


def test_yaml_and_json_are_read_alike(tmp_path: Path) -> None:
    (tmp_path / "faults.yaml").write_text(WRITTEN)
    (tmp_path / "faults.json").write_text('[{"path": "*", "fault": "skew", "ms": -5000}]')
    assert read_rules(tmp_path / "faults.yaml") == (
        Rule("/v5/order/create", Kind.TIMEOUT, Where.AFTER, name="timeout /v5/order/create", count=1),
        Rule("/v5/market/*", Kind.HTML, name="a bad day", status=524, probability=0.25),
    )
    assert read_rules(tmp_path / "faults.json") == (Rule("*", Kind.SKEW, name="skew *", ms=-5000),)


@pytest.mark.parametrize("text", ["", "[]", "faults: []", "# nothing\n"])
def test_no_faults_are_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "faults.yaml").write_text(text)
    assert read_rules(tmp_path / "faults.yaml") == ()


def test_what_is_written_out_is_read_back() -> None:
    entries: list[dict[str, Any]] = [
        {
            "path": "/a*",
            "fault": "code",
            "code": 10006,
            "message": "no",
            "after": 3,
            "probability": 0.5,
            "method": "GET",
        },
        {"path": "/b", "fault": "latency", "ms": 20, "where": "after", "count": 2, "name": "slow"},
    ]
    rules = rules_of(entries, "here")
    assert rules_of([rule.written() for rule in rules], "here") == rules


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("reset", "fault 1: a mapping is wanted, not 'reset'"),
        ({"fault": "reset"}, "fault 1.path: is missing"),
        ({"path": "/x"}, "fault 1.fault: is missing"),
        ({"path": "x", "fault": "reset"}, "fault 1.path: a path such as /v5/order/create"),
        ({"path": "/x", "fault": "resset"}, "fault 1.fault: 'resset' is none of latency, skew, timeout"),
        ({"path": "/x", "fault": None}, "fault 1.fault: 'None' is none of"),
        ({"path": "/x", "fault": "reset", "wher": "after"}, "fault 1.wher: no such key; did you mean where?"),
        ({"path": "/x", "fault": "reset", "zzz": 1}, "fault 1.zzz: no such key; allowed: path, fault, where"),
        ({"path": "/x", "fault": "reset", "where": "later"}, "fault 1.where: 'later' is none of before, after"),
        ({"path": "/x", "fault": "reset", "method": "PUT"}, "fault 1.method: 'PUT' is none of GET, POST"),
        ({"path": "/x", "fault": "reset", "count": 0}, "fault 1.count: a whole number from 1"),
        ({"path": "/x", "fault": "reset", "count": True}, "fault 1.count: a whole number from 1"),
        ({"path": "/x", "fault": "reset", "after": -1}, "fault 1.after: a whole number from 0"),
        ({"path": "/x", "fault": "reset", "probability": 0}, "fault 1.probability: a number above 0"),
        ({"path": "/x", "fault": "reset", "probability": "often"}, "fault 1.probability: a number above 0"),
        ({"path": "/x", "fault": "reset", "name": 5}, "fault 1.name: text is wanted, not '5'"),
        ({"path": "/x", "fault": "reset", "ms": 5}, "fault 1.ms: has no meaning for reset"),
        ({"path": "/x", "fault": "latency"}, "fault 1.ms: is missing; latency needs it"),
        ({"path": "/x", "fault": "latency", "ms": -5}, "fault 1.ms: a latency is not negative"),
        ({"path": "/x", "fault": "skew", "ms": 5, "where": "after"}, "fault 1.where: a wrong clock is wrong `before`"),
        ({"path": "/x", "fault": "code"}, "fault 1.code: is missing; code needs it"),
        ({"path": "/x", "fault": "html", "status": 99}, "fault 1.status: a whole number from 200 to 599"),
    ],
)
def test_a_mistake_is_named_with_its_place(entry: Any, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        rules_of([entry], "faults.yaml")
    assert str(error.value).startswith(f"faults.yaml: {said}")
    assert len(error.value.problems) == 1


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(ConfigError) as error:
        rules_of([{"path": "/x"}, {"path": "/x", "fault": "reset"}, {"fault": "code", "count": 0}], "f")
    assert [problem.path for problem in error.value.problems] == ["fault 1.fault", "fault 3.path", "fault 3.count"]


@pytest.mark.parametrize("text", ["{", "just words", "a: 1", "faults: 3", "- [", "\x00"])
def test_what_is_no_list_of_faults_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "faults.yaml").write_text(text)
    with pytest.raises(ConfigError, match=r"neither YAML nor JSON|a list of faults is wanted"):
        read_rules(tmp_path / "faults.yaml")


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputFileMissing, match="there is no such file"):
        read_rules(tmp_path / "none.yaml")
    with pytest.raises(InputFileMissing, match="directory"):
        read_rules(tmp_path)
