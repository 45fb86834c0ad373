"""A trading portfolio read as a run: its ledger is what it is, its samples are those written down at each cycle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from fundarb.accounting.book import Book
from fundarb.accounting.valuation import Mark, marked, totals
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.money import ZERO
from fundarb.domain.result import Counts, RunResult, Totals, TradeRow
from fundarb.engine.trading.remembering import Remembered
from fundarb.errors import DataError
from fundarb.research.metrics import Evidence, metrics
from fundarb.signals.panel import Panel


def portfolio_result(
    name: str,
    lines: Sequence[LedgerLine],
    past: Remembered,
    params: Mapping[str, str | None],
    panel: Panel,
) -> RunResult:
    """Everything a run says, from the first deposit to the last line or sample; open positions as marked last."""
    start = next((line for line in lines if line.kind is LineKind.DEPOSIT), None)
    if start is None:
        raise DataError(f"portfolio {name} has no deposit: its ledger does not begin where a ledger begins")
    book = _folded(lines)
    marks = {pair: past.marks.get(pair, Mark(held.fair_spot, held.fair_perp)) for pair, held in book.positions.items()}
    split = totals(book, marks, _dust_worth(book, lines, past))
    equity = book.contributed + split.net
    times, values, in_use = [start.at_ms, *past.times], [start.cash, *past.equity], [0.0, *past.in_use]
    if lines[-1].at_ms > times[-1]:
        times, values, in_use = [*times, lines[-1].at_ms], [*values, equity], [*in_use, in_use[-1]]
    closed = tuple(
        TradeRow(t.pair, t.opened_ms, t.closed_ms, t.qty, t.open_reason, t.close_reason, t.split) for t in book.closed
    )
    still_open = tuple(
        TradeRow(pair, held.opened_ms, None, held.opened_qty, held.open_reason, None, marked(held, marks[pair]))
        for pair, held in sorted(book.positions.items())
    )
    evidence = Evidence(times[0], times[-1], times, values, in_use, split, closed, still_open, lines)
    return RunResult(
        run_id=name,
        mode=past.mode or "",
        from_ms=times[0],
        to_ms=times[-1],
        params=params,
        data_hash=panel.data_hash,
        flags=("stale_price",) if past.stale_prices else (),
        totals=Totals(split, equity, _lowest_cash(start.cash, past)),
        metrics=metrics(evidence, panel),
        counts=_counts(past, len(closed)),
        universe=tuple(pair.symbol for pair in panel.pairs),
        excluded={},
        trades=closed,
        open=still_open,
        equity=tuple(zip(times, values, strict=True)),
        ledger=tuple(lines),
        portfolio=name,
    )


def traded_pairs(lines: Sequence[LedgerLine]) -> tuple[str, ...]:
    """The pairs a ledger names, in symbol order."""
    return tuple(sorted({line.pair for line in lines if line.pair is not None}))


def _folded(lines: Sequence[LedgerLine]) -> Book:
    book = Book()
    book.apply_all(lines)
    return book


def _dust_worth(book: Book, lines: Sequence[LedgerLine], past: Remembered) -> Decimal:
    """What dust was worth at the last cycle; what was left since counts at the price at which it was left."""
    last_ms = past.times[-1] if past.times else 0
    then = _folded([line for line in lines if line.at_ms <= last_ms]).dust_value if past.times else ZERO
    return past.dust + book.dust_value - then


def _lowest_cash(capital: Decimal, past: Remembered) -> Decimal:
    return capital if past.lowest_cash is None else past.lowest_cash


def _counts(past: Remembered, trades: int) -> Counts:
    tally, incidents = past.tally, past.incidents
    return Counts(
        trades=trades,
        entries=tally.entries,
        refused=dict(sorted(tally.refused.items())),
        no_price=tally.no_price,
        stale_marks=incidents.stale_marks,
        stale_prices=past.stale_prices,
        liquidations=incidents.liquidations,
        guards=incidents.guards,
        delistings=incidents.delistings,
        rotations=tally.rotations,
    )
