"""Events as they happen, in every form: one JSON list, one object a line, columns, or words."""

from __future__ import annotations

import csv
import io
import json
from contextlib import suppress

import pytest

from fundarb.cli.event_lines import COLUMNS, event_lines
from fundarb.cli.forms import Format
from fundarb.ports.journal import Event

OPENED = Event(1_704_067_200_000, "paper", "opened", "A/USDT:USDT", "rate", '{"spot":{"qty":"1","price":"2"}}')
SETTLED = Event(1_704_067_260_000, None, "settled", data='{"delay_ms":5,"missing":["B","C"]}')


def written(form: Format, capsys: pytest.CaptureFixture[str], *events: Event) -> str:
    """What is printed of these events."""
    with event_lines(form) as hear:
        for event in events:
            hear(event)
    return capsys.readouterr().out


def test_json_lines_are_an_object_each(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = map(json.loads, written(Format.JSONL, capsys, OPENED, SETTLED).splitlines())
    assert first == {
        "t": "2024-01-01T00:00:00Z",
        "event": "opened",
        "portfolio": "paper",
        "pair": "A/USDT:USDT",
        "reason": "rate",
        "spot": {"qty": "1", "price": "2"},
    }
    assert (second["portfolio"], second["missing"]) == (None, ["B", "C"])


@pytest.mark.parametrize("events", [(), (OPENED,), (OPENED, SETTLED)])
def test_json_is_one_list_however_many_there_are(events: tuple[Event, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert [one["event"] for one in json.loads(written(Format.JSON, capsys, *events))] == [one.name for one in events]


def test_json_is_a_list_even_where_it_was_broken_off(capsys: pytest.CaptureFixture[str]) -> None:
    with suppress(KeyboardInterrupt), event_lines(Format.JSON) as hear:
        hear(OPENED)
        raise KeyboardInterrupt
    assert len(json.loads(capsys.readouterr().out)) == 1


def test_csv_has_the_head_in_columns_and_the_figures_in_the_last(capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(written(Format.CSV, capsys, OPENED, SETTLED))))
    assert list(rows[0]) == list(COLUMNS)
    assert (rows[0]["pair"], rows[0]["reason"], rows[1]["portfolio"]) == ("A/USDT:USDT", "rate", "")
    assert json.loads(rows[1]["data"]) == {"delay_ms": 5, "missing": ["B", "C"]}


def test_people_get_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert written(Format.TABLE, capsys, OPENED, SETTLED).splitlines() == [
        "2024-01-01T00:00:00Z  opened  paper  A/USDT:USDT  rate  spot qty 1 price 2",
        "2024-01-01T00:01:00Z  settled  delay_ms 5  missing B, C",
    ]


def test_of_a_cycle_its_worth_is_told_and_not_all_it_remembers(capsys: pytest.CaptureFixture[str]) -> None:
    data = {"boundary": 0, "equity": "5", "cash": "4", "positions": 1, "tally": [0, 0, 0, {"halted": 2}], "marks": {}}
    told = json.loads(written(Format.JSONL, capsys, Event(0, "paper", "cycle", data=json.dumps(data))))
    assert {name: told[name] for name in ("boundary", "equity", "positions", "refused")} == {
        "boundary": "1970-01-01T00:00:00Z",
        "equity": "5",
        "positions": 1,
        "refused": {"halted": 2},
    }
    assert "marks" not in told
