"""Coverage: spans never overlap, the newer answer counts, like is merged with like."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from fundarb.adapters.sqlite.spans import covered
from fundarb.domain.instrument import Kind
from fundarb.domain.market import Coverage, Span


def answer(start: int, end: int, rows: int, at: int = 0, confirmed: bool = False) -> Coverage:
    return Coverage("BTC/USDT:USDT", Kind.PERP, 1, Span(start, end), rows, at, confirmed)


def told(*answers: Coverage) -> list[Coverage]:
    known: list[Coverage] = []
    for one in answers:
        known = covered(known, one)
    return known


def test_answers_that_touch_become_one() -> None:
    assert told(answer(0, 5, 5, at=1), answer(5, 9, 4, at=2)) == [answer(0, 9, 9, at=2)]


def test_answers_apart_stay_apart() -> None:
    assert told(answer(6, 9, 3), answer(0, 5, 5)) == [answer(0, 5, 5), answer(6, 9, 3)]


def test_rows_that_come_at_last_end_an_empty_stretch() -> None:
    assert told(answer(0, 9, 0), answer(3, 6, 3)) == [answer(0, 3, 0), answer(3, 6, 3), answer(6, 9, 0)]


def test_a_stretch_that_stays_empty_keeps_the_time_it_was_first_asked_for() -> None:
    assert told(answer(2, 4, 0, at=1), answer(0, 6, 0, at=9)) == [
        answer(0, 2, 0, at=9),
        answer(2, 4, 0, at=1),
        answer(4, 6, 0, at=9),
    ]


def test_a_confirmed_stretch_stays_confirmed_when_it_is_empty_again() -> None:
    assert told(answer(2, 4, 0, confirmed=True), answer(2, 4, 0, at=9)) == [answer(2, 4, 0, confirmed=True)]


def test_confirmation_replaces_an_unconfirmed_answer() -> None:
    assert told(answer(2, 4, 0), answer(2, 4, 0, at=9, confirmed=True)) == [answer(2, 4, 0, at=9, confirmed=True)]


def test_nothing_asked_changes_nothing() -> None:
    assert told(answer(0, 5, 5), answer(7, 7, 0)) == [answer(0, 5, 5)]


answers = st.builds(
    lambda start, length, rows, at, confirmed: answer(start, start + length, rows, at, confirmed and not rows),
    st.integers(0, 20),
    st.integers(0, 10),
    st.integers(0, 2),
    st.integers(0, 9),
    st.booleans(),
)


@settings(max_examples=200)
@given(st.lists(answers, max_size=8))
def test_spans_never_overlap_and_cover_exactly_what_was_asked(given_answers: list[Coverage]) -> None:
    known = told(*given_answers)
    points = [point for one in known for point in range(one.asked.start_ms, one.asked.end_ms)]
    asked = {point for one in given_answers for point in range(one.asked.start_ms, one.asked.end_ms)}
    assert points == sorted(asked)


@settings(max_examples=200)
@given(st.lists(answers, max_size=8))
def test_the_newest_answer_with_rows_or_confirmation_decides(given_answers: list[Coverage]) -> None:
    known = told(*given_answers)
    for one in known:
        for point in range(one.asked.start_ms, one.asked.end_ms):
            about = [a for a in given_answers if a.asked.start_ms <= point < a.asked.end_ms]
            telling = [a for a in about if a.rows or a.confirmed]
            last = about[-1]
            if last.rows or last.confirmed:
                assert (one.rows > 0, one.confirmed) == (last.rows > 0, last.confirmed)
            elif not telling:
                assert (one.rows, one.asked_at_ms) == (0, about[0].asked_at_ms)
            else:
                assert one.rows == 0
