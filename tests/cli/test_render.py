"""Answers on stdout: four forms of the same facts, nothing cropped, exact numbers as text."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

import pytest

from fundarb.cli.forms import Format
from fundarb.cli.render import Answer, show

ANSWER = Answer(
    ("pair", "rate", "rows", "score", "held", "note"),
    [
        {"pair": "BTC/USDT:USDT", "rate": Decimal("1E-4"), "rows": 3, "score": 0.25, "held": True, "note": 'a, "b"'},
        {"pair": "ETH/USDT:USDT", "rate": Decimal("-0.00010"), "rows": 0, "score": None, "held": False, "note": None},
    ],
)


def shown(answer: Answer, form: Format | None, capsys: pytest.CaptureFixture[str]) -> str:
    show(answer, form, color=False)
    return capsys.readouterr().out


def test_csv_has_stable_columns_and_plain_cells(capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.reader(io.StringIO(shown(ANSWER, Format.CSV, capsys))))
    assert rows == [
        ["pair", "rate", "rows", "score", "held", "note"],
        ["BTC/USDT:USDT", "0.0001", "3", "0.25", "true", 'a, "b"'],
        ["ETH/USDT:USDT", "-0.0001", "0", "", "false", ""],
    ]


def test_json_keeps_money_as_text_and_counts_as_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = json.loads(shown(ANSWER, Format.JSON, capsys))
    assert first == {
        "pair": "BTC/USDT:USDT",
        "rate": "0.0001",
        "rows": 3,
        "score": 0.25,
        "held": True,
        "note": 'a, "b"',
    }
    assert second["score"] is None
    assert second["rate"] == "-0.0001"


def test_jsonl_is_one_line_an_element(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(ANSWER, Format.JSONL, capsys).splitlines()
    assert [json.loads(line)["pair"] for line in lines] == ["BTC/USDT:USDT", "ETH/USDT:USDT"]


def test_a_document_is_the_json_and_its_elements_are_the_lines(capsys: pytest.CaptureFixture[str]) -> None:
    answer = Answer(("path",), [{"path": "a"}], document={"written": ["a"]}, elements=["a"])
    assert json.loads(shown(answer, Format.JSON, capsys)) == {"written": ["a"]}
    assert shown(answer, Format.JSONL, capsys) == '"a"\n'


def test_off_a_terminal_the_default_is_csv(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(ANSWER, None, capsys) == shown(ANSWER, Format.CSV, capsys)


def test_a_table_off_a_terminal_is_as_wide_as_it_needs_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    wide = Answer(("text", "n"), [{"text": "x" * 500, "n": 1}])
    page = shown(wide, Format.TABLE, capsys)
    assert "x" * 500 in page
    assert "\x1b" not in page


def test_numbers_stand_to_the_right_and_text_to_the_left(capsys: pytest.CaptureFixture[str]) -> None:
    answer = Answer(("name", "n"), [{"name": "a", "n": 1}, {"name": "bbb", "n": 1000}])
    lines = shown(answer, Format.TABLE, capsys).splitlines()
    assert lines[-2:] == ["a        1", "bbb   1000"]


def test_an_empty_table_says_so_and_an_empty_list_is_empty(capsys: pytest.CaptureFixture[str]) -> None:
    empty = Answer(("a", "b"), [], empty="nothing is missing")
    assert shown(empty, Format.TABLE, capsys) == "nothing is missing\n"
    assert shown(empty, Format.CSV, capsys) == "a,b\n"
    assert json.loads(shown(empty, Format.JSON, capsys)) == []
    assert shown(empty, Format.JSONL, capsys) == ""


def test_what_the_terminal_cannot_spell_is_escaped_and_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    page = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(page, encoding="ascii"))
    show(Answer(("a",), [{"a": "é\udcff"}]), Format.CSV, color=False)
    assert page.getvalue() == b"a\n\\xe9\\udcff\n"


def test_markup_in_a_cell_is_shown_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    assert "[red]x[/red]" in shown(Answer(("a",), [{"a": "[red]x[/red]"}]), Format.TABLE, capsys)


def test_what_has_no_place_in_an_answer_is_refused() -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        show(Answer(("a",), [{"a": float("nan")}]), Format.JSON, color=False)
