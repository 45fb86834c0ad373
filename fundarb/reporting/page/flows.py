"""Where the result of a run came from as time went by: what funding, price, fees, slippage and other had each brought by
the last sample of every day (of every hour in a short run). At the end they are the totals of the run; until then what
dust became worth lies in price."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from fundarb.accounting.book import Book
from fundarb.domain.instants import DAY, HOUR
from fundarb.domain.ledger import LedgerLine
from fundarb.domain.position import Split
from fundarb.domain.result import RunResult

MOST_STEPS = 800
SHORT_MS = 14 * DAY


@dataclass(frozen=True, slots=True)
class Flow:
    """What a run had earned by a time, and from what."""

    at_ms: int
    split: Split


def flows(run: RunResult) -> list[Flow]:
    """Oldest first. Price is what equity shows beyond what was booked, so that the parts add up to it at every step."""
    book, booked, applied = Book(), _Booked(), 0
    lines = sorted(run.ledger, key=_at)
    times = [line.at_ms for line in lines]
    found = [Flow(run.equity[0][0], Split())]
    for at_ms, equity in _closing(run):
        due = bisect_right(times, at_ms)
        book.apply_all(lines[applied:due])
        applied = due
        found.append(Flow(at_ms, _completed(booked.of(book), equity - book.contributed)))
    return [*found[: max(1, len(found) - 1)], Flow(run.equity[-1][0], run.totals.split)]


class _Booked:
    """What fills and payments came to, closed trades added up once."""

    def __init__(self) -> None:
        self._closed, self._counted = Split(), 0

    def of(self, book: Book) -> Split:
        self._closed = sum((trade.split for trade in book.closed[self._counted :]), self._closed)
        self._counted = len(book.closed)
        still_open = (held.booked for held in book.positions.values())
        own = Split(fees=-book.rebates, other=book.interest + book.adjustments)
        return sum(still_open, self._closed + own)


def _closing(run: RunResult) -> Iterator[tuple[int, Decimal]]:
    """The last sample of each day (of each hour in a short run, of every few days in a long one), and the last one; not
    sample zero."""
    lasting = run.to_ms - run.from_ms
    unit = HOUR if lasting <= SHORT_MS else DAY
    step = unit * -(-(lasting // unit + 1) // MOST_STEPS)
    for (at_ms, equity), (following, _) in pairwise(run.equity[1:]):
        if (at_ms - 1) // step != (following - 1) // step:
            yield at_ms, equity
    yield from run.equity[1:][-1:]


def _completed(booked: Split, net: Decimal) -> Split:
    price = net - booked.funding + booked.fees + booked.slippage - booked.other
    return Split(booked.funding, price, booked.fees, booked.slippage, booked.other)


def _at(line: LedgerLine) -> int:
    return line.at_ms
