"""Taking over what is at the venue and not in the journal: executions as they were, then whatever is still missing, bought
or sold at the mark against a transfer, so that adopting by itself wins and loses nothing."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from fundarb.accounting.book import Book
from fundarb.accounting.fees import QUOTE
from fundarb.accounting.holding import LedgerBroken
from fundarb.accounting.lines import cash_line, perp_buy_line, perp_sell_line, spot_buy_line, spot_sell_line
from fundarb.domain.instrument import Pair
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.money import ZERO, quotient12
from fundarb.domain.orders import Fill
from fundarb.engine.orders.booking import Why, fill_of, lines_of
from fundarb.ports.trading import Execution

ADOPTED = "adopted"
_WHY = Why(LineKind.FILL, ADOPTED, ADOPTED)


def executed_elsewhere(
    executions: Sequence[Execution], pair: Pair, book: Book
) -> tuple[tuple[Fill, ...], tuple[LedgerLine, ...]]:
    """Somebody else's executions in a pair. One that fundarb could not hold (a long) is only marked as seen: what it won
    or lost shows as a difference in cash."""
    trial, fills, lines = book.copied(), [], []
    for one in executions:
        fill = fill_of(one, pair.symbol, None)
        try:
            (line,) = lines_of([fill], pair, trial, [_WHY])
        except LedgerBroken:
            line = cash_line(one.at_ms, LineKind.ADJUSTMENT, ZERO, f"not ours: {one.execution_id}")
        trial.apply(line)
        fills.append(fill)
        lines.append(line)
    return tuple(fills), tuple(lines)


def taken_over(
    at_ms: int, pair: Pair, book: Book, short: Decimal, spot: Decimal, entry: Decimal, mark: Decimal
) -> tuple[LedgerLine, ...]:
    """Lines that bring a pair to a short and a spot holding of these sizes."""
    held = book.positions.get(pair.symbol)
    booked_short, booked_spot = (held.qty, held.spot) if held else (ZERO, ZERO)
    price, more = quotient12(mark, pair.multiplier), spot - booked_spot
    lines: list[LedgerLine] = []
    if more > 0:
        lines.append(cash_line(at_ms, LineKind.TRANSFER, more * price, ADOPTED))
        lines.append(spot_buy_line(at_ms, pair.symbol, more, price, price, ZERO, QUOTE, ADOPTED))
    if short > booked_short:
        lines.append(perp_sell_line(at_ms, pair.symbol, short - booked_short, entry, entry, ZERO, ADOPTED))
    if more < 0:
        last = None if spot else ADOPTED
        lines.append(spot_sell_line(at_ms, LineKind.FILL, pair.symbol, -more, price, price, ZERO, last))
        lines.append(cash_line(at_ms, LineKind.TRANSFER, more * price, ADOPTED))
    if held is not None and short < booked_short:
        last = None if short else ADOPTED
        gone = booked_short - short
        lines.append(perp_buy_line(at_ms, LineKind.FILL, held, gone, mark, mark, ZERO, last))
    return tuple(lines)
