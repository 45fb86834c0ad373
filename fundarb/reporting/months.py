"""A run by month, from its ledger and its samples: what was booked, and what equity did between two month ends.

As in the daily series a sample at midnight closes the day before it. Net is the change of equity; funding, fees,
slippage and other are what the ledger booked; price is what is left of net, unrealised moves and dust included."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter

from fundarb.accounting.book import Book
from fundarb.domain.instants import DAY
from fundarb.domain.ledger import EXTERNAL_FLOWS, LedgerLine
from fundarb.domain.money import ZERO
from fundarb.domain.position import Split
from fundarb.domain.result import RunResult, TradeRow

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def month_splits(run: RunResult) -> dict[str, Split]:
    """`2024-01` → what that month brought, oldest first; nets add up to the change of equity, exactly."""
    lines: dict[str, list[LedgerLine]] = {}
    for line in run.ledger:
        lines.setdefault(_booked_in(run, line.at_ms), []).append(line)
    gained = dict.fromkeys((_label(run, at_ms) for at_ms, _ in run.equity), ZERO)
    for (_, before), (at_ms, after) in zip(run.equity, run.equity[1:], strict=False):
        gained[_label(run, at_ms)] += after - before
    book, seen, out = Book(), Split(), {}
    for month, gain in gained.items():
        own = lines.get(month, [])
        book.apply_all(own)
        now = _booked(book)
        brought_in = sum((line.cash for line in own if line.kind in EXTERNAL_FLOWS and line.at_ms > run.from_ms), ZERO)
        out[month] = _with_price(seen, now, gain - brought_in)
        seen = now
    return out


def month_of_close(run: RunResult, trade: TradeRow) -> str:
    """The month a closed trade's last line was booked in."""
    assert trade.closed_ms is not None
    return _booked_in(run, trade.closed_ms)


def _booked_in(run: RunResult, at_ms: int) -> str:
    """The month of the first sample that shows what happened at a time."""
    row = bisect_left(run.equity, at_ms, key=itemgetter(0))
    return _label(run, run.equity[min(row, len(run.equity) - 1)][0])


def _label(run: RunResult, at_ms: int) -> str:
    """The month a sample closes a moment of; the start of the run opens its own."""
    moment = at_ms if at_ms == run.from_ms else at_ms - 1
    return _month(moment // DAY)


@lru_cache(maxsize=4096)
def _month(day: int) -> str:
    return (_EPOCH + timedelta(days=day)).strftime("%Y-%m")


def _booked(book: Book) -> Split:
    """Everything booked so far, nothing marked."""
    splits = [trade.split for trade in book.closed] + [held.booked for held in book.positions.values()]
    return sum(splits, Split(fees=-book.rebates, other=book.interest + book.adjustments))


def _with_price(before: Split, now: Split, net: Decimal) -> Split:
    """What was booked in between, `price` being what makes it add up to `net`."""
    funding, other = now.funding - before.funding, now.other - before.other
    fees, slippage = now.fees - before.fees, now.slippage - before.slippage
    return Split(funding, net - funding + fees + slippage - other, fees, slippage, other)
