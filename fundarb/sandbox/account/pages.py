"""Windows of time and pages of rows: at most seven days, newest first, a cursor wherever a page is full."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any, TypeVar

from fundarb.sandbox.account.codes import bad_parameter
from fundarb.sandbox.market.source import DAY
from fundarb.sandbox.public.asking import limit_of, moment_of, require_ordered
from fundarb.sandbox.public.cursors import cursor_to, whole_in_cursor

WEEK = 7 * DAY
T = TypeVar("T")


def window_of(params: Mapping[str, Any], now_ms: int, default_ms: int) -> tuple[int, int]:
    """[first, last]: what is asked for, at most a week; one bound alone reaches as far as the default."""
    first_ms, last_ms = moment_of(params, "startTime"), moment_of(params, "endTime")
    require_ordered(first_ms, last_ms)
    if first_ms is None:
        last_ms = now_ms if last_ms is None else last_ms
        return last_ms - default_ms, last_ms
    if last_ms is None:
        return first_ms, first_ms + default_ms
    if last_ms - first_ms > WEEK:
        raise bad_parameter("The time range between startTime and endTime cannot exceed 7 days")
    return first_ms, last_ms


def page_of(
    params: Mapping[str, Any], newest_first: Iterable[T], number: Callable[[T], int], default: int, most: int
) -> tuple[list[T], str]:
    """The rows of a page and the cursor to the next; a full page has one even where nothing follows."""
    limit = limit_of(params, default, most)
    before = whole_in_cursor(params, "before")
    rows = (each for each in newest_first if before is None or number(each) < before)
    page = list(islice(rows, limit))
    return page, cursor_to(before=number(page[-1])) if len(page) == limit else ""
