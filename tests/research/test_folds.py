"""Folds: where learning ends and judging begins, and what is said where the data is too short for any."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundarb.domain.instants import DAY, HOUR, parse_instant
from fundarb.domain.market import Span
from fundarb.errors import DataError, UsageError
from fundarb.research.folds import (
    ENOUGH_FOLDS,
    LEAST_TRAINED,
    Length,
    Windows,
    lay_folds,
    read_windows,
    smaller_windows,
)

T0 = parse_instant("2024-01-01")


def days(count: int, start_ms: int = T0) -> Span:
    return Span(start_ms, start_ms + count * DAY)


spans = st.builds(
    lambda start, hours: Span(T0 + start, T0 + start + hours * HOUR), st.integers(0, 3 * DAY), st.integers(1, 9000)
)
windows_of_days = st.builds(
    lambda train, test, purge, anchored: Windows(Length(train), Length(test), min(purge, train - 1), anchored),
    st.integers(1, 120),
    st.integers(1, 60),
    st.integers(0, 10),
    st.booleans(),
)


@given(spans, windows_of_days)
def test_folds_learn_before_they_are_judged_and_are_judged_on_every_day_once(span: Span, windows: Windows) -> None:
    try:
        folds = lay_folds(span, windows)
    except DataError:
        assert span.end_ms - span.start_ms < (windows.train.count + windows.test.count + 1) * DAY
        return
    for fold in folds:
        assert span.start_ms <= fold.train.start_ms < fold.train.end_ms
        assert fold.test.start_ms - fold.train.end_ms == windows.purge_days * DAY
        assert fold.test.end_ms <= span.end_ms
        assert all(edge % DAY == 0 for edge in (fold.train.start_ms, fold.train.end_ms, fold.test.start_ms))
    assert [one.number for one in folds] == list(range(1, len(folds) + 1))
    assert all(one.test.end_ms == after.test.start_ms for one, after in pairwise(folds))
    assert 0 <= span.end_ms - folds[-1].test.end_ms < windows.test.count * DAY
    starts = {fold.train.start_ms for fold in folds}
    assert len(starts) == (1 if windows.anchored else len(folds))


def test_an_anchored_walk_forward_learns_from_the_first_day_on() -> None:
    rolling = lay_folds(days(100), read_windows("40d", "20d", "5d"))
    anchored = lay_folds(days(100), read_windows("40d", "20d", "5d", anchored=True))
    assert [one.test for one in rolling] == [one.test for one in anchored]
    assert [(one.train.end_ms - one.train.start_ms) // DAY for one in rolling] == [35, 35, 35]
    assert [(one.train.end_ms - one.train.start_ms) // DAY for one in anchored] == [35, 55, 75]


def test_months_begin_on_the_first_whatever_the_range_begins_with() -> None:
    (fold,) = lay_folds(
        Span(parse_instant("2023-11-15T08:00Z"), parse_instant("2024-03-02")), read_windows("2mo", "1mo", "0d")
    )
    assert fold.train == Span(parse_instant("2023-12-01"), parse_instant("2024-02-01"))
    assert fold.test == Span(parse_instant("2024-02-01"), parse_instant("2024-03-01"))


def test_ninety_days_fetched_first_are_told_what_they_allow_and_what_would_suffice() -> None:
    with pytest.raises(DataError) as refused:
        lay_folds(days(90), read_windows("90d", "30d", "7d"), ["BTC/USDT:USDT"])
    words = str(refused.value)
    assert "90 whole days from 2024-01-01" in words
    assert "`fundarb fetch BTC/USDT:USDT --since 2023-12-02` would suffice" in words
    assert "--train 45d --test 15d --purge 4d (3 folds)" in words


def test_what_the_refusal_proposes_really_suffices() -> None:
    for text in (("90d", "30d", "7d"), ("3mo", "1mo", "7d"), ("10d", "40d", "0d")):
        windows = read_windows(*text)
        with pytest.raises(DataError) as refused:
            lay_folds(days(20), windows)
        since = re.search(r"--since (\S+)`", str(refused.value))
        assert since is not None
        assert len(lay_folds(Span(parse_instant(since[1]), T0 + 20 * DAY), windows)) == 1
        with pytest.raises(DataError):
            lay_folds(Span(parse_instant(since[1]) + DAY, T0 + 20 * DAY), windows)


@pytest.mark.parametrize(
    ("stored", "advice"),
    [
        ("2024-01-01", "; `fundarb fetch --since 2023-12-02` would suffice"),
        ("2023-12-20", "; `fundarb fetch --since 2023-12-02` and then --from 2023-12-02 would suffice"),
        ("2023-12-02", "; --from 2023-12-02 would suffice"),
    ],
)
def test_what_is_stored_already_is_not_fetched(stored: str, advice: str) -> None:
    with pytest.raises(DataError) as refused:
        lay_folds(days(90), read_windows("90d", "30d", "7d"), stored_ms=parse_instant(stored))
    assert advice in str(refused.value)


@given(st.integers(0, 400), windows_of_days)
def test_a_smaller_walk_forward_lies_in_the_data_it_is_proposed_for(count: int, windows: Windows) -> None:
    smaller = smaller_windows(count, windows)
    if smaller is None:
        assert count < max(LEAST_TRAINED + ENOUGH_FOLDS, windows.train.count / windows.test.count + ENOUGH_FOLDS)
        return
    assert smaller.purge_days < smaller.train.count
    assert len(lay_folds(days(count), smaller)) == ENOUGH_FOLDS
    assert read_windows(str(smaller.train), str(smaller.test), f"{smaller.purge_days}d") is not None


def test_a_length_no_history_has_is_told_so_without_a_command() -> None:
    with pytest.raises(DataError, match="before 1970") as refused:
        lay_folds(days(90), read_windows("9999mo", "1mo", "0d"))
    assert "fetch" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (("90", "30d", "7d"), "--train '90'"),
        (("0d", "30d", "7d"), "at least 1"),
        (("36h", "30d", "7d"), "whole days or months"),
        (("90d", "30d", "1mo"), "--purge '1mo'"),
        (("90d", "1mo", "7d"), "two units"),
        (("7d", "7d", "7d"), "leaves nothing of --train 7d"),
        (("1mo", "1mo", "28d"), "leaves nothing"),
    ],
)
def test_lengths_that_make_no_sense_are_refused(text: tuple[str, str, str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read_windows(*text)
