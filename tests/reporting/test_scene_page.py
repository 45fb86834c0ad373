"""A scene fits a screen of any size: nothing is wider or longer than it, what matters is there, what is left out is said."""

from __future__ import annotations

import pytest

from fundarb.domain.instants import HOUR, MINUTE, SECOND
from fundarb.ports.journal import Event
from fundarb.reporting.scene import Scene
from fundarb.reporting.scene_page import LEAST_EVENTS, LEAST_HEIGHT, LEAST_WIDTH, Line, scene_page, shares
from fundarb.reporting.scene_words import lasting
from tests.reporting.seen import NOW, WELL, scene, told, unwell

SIZES = ((100, 30), (200, 50), (LEAST_WIDTH, LEAST_HEIGHT), (80, 24))


def text(page: list[Line]) -> str:
    return "\n".join(line.text for line in page)


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize(("positions", "chances"), [(0, 0), (2, 5), (40, 500)])
def test_it_never_overflows_and_always_says_how_things_are(
    width: int, height: int, positions: int, chances: int
) -> None:
    page = scene_page(scene(positions, chances), told(60), width, height)
    assert len(page) <= height
    assert max(len(line.text) for line in page) <= width
    seen = text(page)
    for words in ("2026-01-12 12:00:30Z", "heartbeat 3s ago", "entries open", "equity 10,012.12 (+12.12)", "Events"):
        assert words in seen
    assert sum("funding     COIN" in line.text for line in page) >= LEAST_EVENTS
    assert "COIN59" in page[-1].text, "the newest event is the last line"


def test_at_100_by_30_both_legs_delta_margin_and_what_the_next_settlement_pays_stand_side_by_side() -> None:
    page = scene_page(scene(), told(3), 100, 30)
    at = next(number for number, line in enumerate(page) if line.text.startswith("Positions"))
    assert page[at].text == "Positions (2)"
    heads, cells = page[at + 1].text.split(), page[at + 2].text.split()
    shown = ["pair", "spot", "perp", "delta", "value", "margin", "to", "liq", "settles", "rate", "expects", "net"]
    assert heads[: len(shown)] == shown
    assert cells[:11] == [
        *("COIN0", "0.06700093", "-0.067", "0.00000093", "996.10", "491.30"),
        *("+47.2%", "16:00", "-0.0123%", "-0.12", "+12.12"),
    ]


def test_at_200_by_50_there_is_the_split_of_each_position_and_the_whole_reason() -> None:
    seen = text(scene_page(scene(), told(3), 200, 50))
    assert "slippage" in seen.split("Opportunities")[0].split("Positions")[1]
    assert "which is a reason of some length as reasons go" in seen


def test_what_has_no_room_is_counted() -> None:
    seen = text(scene_page(scene(40, 500), told(60), 100, 30))
    assert "of 40)" in seen
    assert "of 500)" in seen


def test_without_colour_words_say_what_is_wrong() -> None:
    health = unwell(
        halted="BTC daily loss of 5.1% is beyond 5%",
        silent_since_ms=NOW - 90 * SECOND,
        beat_ms=NOW - HOUR,
        breaker="open: five failures",
    )
    page = scene_page(scene(health=health), [], 120, 30)
    assert [line.text for line in page if line.look == "alarm"] == [
        "ENTRIES HALTED: BTC daily loss of 5.1% is beyond 5%",
        "VENUE SILENT for 1m 30s",
        "BREAKER open: five failures",
        "HEARTBEAT LATE",
    ]
    assert not [line for line in scene_page(scene(health=WELL), [], 120, 30) if line.look == "alarm"]


def test_what_a_mode_would_do_is_a_word_and_not_only_a_colour() -> None:
    page = scene_page(scene(), [], 120, 40)
    rows = {line.text.split()[0]: line for line in page if line.text.startswith("COIN") and "score 0.6557" in line.text}
    assert [rows[f"COIN{n}"].text.split()[1] for n in range(4)] == ["held", "held", "enter", "-"]
    assert [rows[f"COIN{n}"].look for n in range(4)] == ["plain", "plain", "enter", "plain"]


def test_portfolios_side_by_side_are_told_apart() -> None:
    page = scene_page(scene(1, 2, portfolios=2), told(1), 140, 40)
    assert [line.text.split()[0] for line in page if "equity" in line.text] == ["paper:simple", "paper:composite"]
    rows = [line.text.split() for line in page if "0.06700093" in line.text]
    assert [row[0] for row in rows] == ["paper:simple", "paper:composite"]
    assert "paper  COIN0" in page[-1].text


def test_before_the_first_look_it_says_what_is_being_done() -> None:
    seen = text(scene_page(Scene((), (), 0, WELL, "bybit mainnet"), ["a word of the log"], 100, 30))
    assert "bringing the store up to date" in seen
    assert "a word of the log" in seen


def test_nothing_that_is_told_moves_the_cursor() -> None:
    evil = Event(NOW, None, "outage", data='{"why": "\\u001b[2Jgone\\r\\n\\u0007"}')
    page = scene_page(scene(), [evil, "a\x1b[31mred"], 100, 30)
    assert all(line.text.isprintable() for line in page)


def test_rows_are_shared_so_that_events_keep_their_least_and_positions_come_first() -> None:
    assert shares(5, 20, 23) == (5, 13)
    assert shares(40, 20, 23) == (15, 3)
    assert shares(1, 1, 23) == (1, 1)
    assert shares(5, 5, 8) == (2, 1)
    assert shares(5, 5, 3) == (0, 0)


@pytest.mark.parametrize(
    ("span_ms", "words"),
    [(0, "0s"), (59 * SECOND, "59s"), (90 * SECOND, "1m 30s"), (HOUR, "1h"), (26 * HOUR, "1d 2h"), (-5, "0s")],
)
def test_a_length_of_time_has_its_two_largest_units(span_ms: int, words: str) -> None:
    assert lasting(span_ms) == words
    assert lasting(61 * MINUTE) == "1h 1m"
