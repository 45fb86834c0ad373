"""Where a walk-forward learns and where it is judged: folds of days or calendar months, rolling or anchored.

Every edge is a midnight UTC, so that each day belongs to one stretch. A fold trains on [start, test − purge) and tests on
[test, end); the next begins one test stretch later (anchored: trains from the first day on)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from fundarb.domain.folds import Fold
from fundarb.domain.instants import DAY, iso
from fundarb.domain.market import Span
from fundarb.errors import DataError, UsageError
from fundarb.reporting.advice import fetch_line

ENOUGH_FOLDS = 3  # what a smaller walk-forward is proposed with
LEAST_TRAINED = 2  # days, below which no return has a spread
_LENGTH = re.compile(r"(\d{1,4})(d|mo)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Length:
    """So many whole days, or calendar months."""

    count: int
    months: bool = False

    def __str__(self) -> str:
        return f"{self.count}{'mo' if self.months else 'd'}"

    def after(self, start_ms: int, times: int = 1) -> int:
        """`times` lengths after a midnight (of the first of a month, where months are counted)."""
        if not self.months:
            return start_ms + times * self.count * DAY
        start = datetime.fromtimestamp(start_ms / 1000, UTC)
        year, month = divmod(start.year * 12 + start.month - 1 + times * self.count, 12)
        return int(datetime(year, month + 1, 1, tzinfo=UTC).timestamp()) * 1000


@dataclass(frozen=True, slots=True)
class Windows:
    """How long is learned and judged, and how many days between are left out; train and test in the same unit."""

    train: Length
    test: Length
    purge_days: int = 0
    anchored: bool = False

    def __str__(self) -> str:
        return f"--train {self.train} --test {self.test} --purge {self.purge_days}d"


def read_windows(train: str, test: str, purge: str, *, anchored: bool = False) -> Windows:
    """`90d` or `3mo` for both stretches, days for the purge."""
    windows = Windows(
        _read("--train", train), _read("--test", test), _read("--purge", purge, least=0).count, anchored=anchored
    )
    if windows.train.months != windows.test.months:
        raise UsageError(f"--train {train} and --test {test} are of two units; give both in days or both in months")
    shortest = windows.train.count * (28 if windows.train.months else 1)
    if windows.purge_days >= shortest:
        raise UsageError(f"--purge {purge} leaves nothing of --train {train}; it has to be shorter")
    return windows


def _read(option: str, text: str, least: int = 1) -> Length:
    match = _LENGTH.fullmatch(text.strip().lower())
    if not match or int(match[1]) < least or (match[2] == "mo" and option == "--purge"):
        choices = "whole days, such as 7d" if option == "--purge" else "whole days or months, such as 90d or 3mo"
        raise UsageError(f"{option} {text!r}: write {choices}" + (f", at least {least}" if least else ""))
    return Length(int(match[1]), months=match[2] == "mo")


def lay_folds(
    span: Span, windows: Windows, symbols: Sequence[str] = (), stored_ms: int | None = None
) -> tuple[Fold, ...]:
    """All folds that lie whole in the range; where none does, what would suffice and what already can be done.

    `stored_ms` is the first settlement stored, which may be before a range that was asked for."""
    found = _laid(span, windows)
    if not found:
        raise DataError(_too_short(span, windows, symbols, span.start_ms if stored_ms is None else stored_ms))
    return found


def _laid(span: Span, windows: Windows) -> tuple[Fold, ...]:
    first_ms = _first_edge(span.start_ms, windows.train.months)
    found: list[Fold] = []
    while True:
        start_ms = windows.test.after(first_ms, len(found))
        test_ms = windows.train.after(start_ms)
        end_ms = windows.test.after(test_ms)
        if end_ms > span.end_ms:
            return tuple(found)
        train = Span(first_ms if windows.anchored else start_ms, test_ms - windows.purge_days * DAY)
        found.append(Fold(len(found) + 1, train, Span(test_ms, end_ms)))


def _first_edge(start_ms: int, months: bool) -> int:
    """The first midnight from there on; the first of a month, where months are counted."""
    midnight = -(-start_ms // DAY) * DAY
    if not months or datetime.fromtimestamp(midnight / 1000, UTC).day == 1:
        return midnight
    return Length(1, months=True).after(midnight)


def _too_short(span: Span, windows: Windows, symbols: Sequence[str], stored_ms: int) -> str:
    """What is there, the history that would suffice, and the walk-forward that what is there allows."""
    first_ms, last_ms = _first_edge(span.start_ms, months=False), span.end_ms // DAY * DAY
    days = max(0, (last_ms - first_ms) // DAY)
    since_ms = _latest_start(last_ms, windows)
    smaller = smaller_windows(days, windows)
    allowed = "" if smaller is None else f"; what is there allows {smaller} ({ENOUGH_FOLDS} folds)"
    wanted = f"--train {windows.train} and --test {windows.test} want history from"
    there = f"and there are {days} whole days from {iso(first_ms)[:10]}"
    if since_ms < 0:
        return f"no test stretch lies in the data: {wanted} before 1970, {there}{allowed}"
    return (
        f"no test stretch lies in the data: {wanted} {iso(since_ms)[:10]} to {iso(last_ms)[:10]}, {there}; "
        f"{_bringing(symbols, since_ms, span, stored_ms)} would suffice{allowed}"
    )


def _bringing(symbols: Sequence[str], since_ms: int, span: Span, stored_ms: int) -> str:
    """The command that brings what is missing, the range that was asked for being too short, or both."""
    fetched = [] if stored_ms <= since_ms else [fetch_line(symbols, since_ms)]
    asked = [f"--from {iso(since_ms)[:10]}"] if stored_ms < span.start_ms else []
    return " and then ".join([*fetched, *asked])


def _latest_start(last_ms: int, windows: Windows) -> int:
    """The latest first day with which one fold ends by then."""
    if not windows.train.months:
        return last_ms - (windows.train.count + windows.test.count) * DAY
    end = datetime.fromtimestamp(last_ms / 1000, UTC)
    ends_ms = int(datetime(end.year, end.month, 1, tzinfo=UTC).timestamp()) * 1000
    return windows.train.after(windows.test.after(ends_ms, -1), -1)


def smaller_windows(days: int, windows: Windows) -> Windows | None:
    """The longest stretches of about the same shape with which so many days make a few folds; None for a handful of days."""
    share = windows.train.count / windows.test.count
    test = min(int(days / (share + ENOUGH_FOLDS)), (days - LEAST_TRAINED) // ENOUGH_FOLDS)
    if test < 1:
        return None
    train = days - ENOUGH_FOLDS * test
    whole = windows.train.count * (30 if windows.train.months else 1)
    purge = min(train - 1, -(-windows.purge_days * train // whole))
    return Windows(Length(train), Length(test), purge, windows.anchored)
