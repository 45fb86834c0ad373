"""Parts of a stored run as columns and back: mappings as JSON in the order given, floats as the shortest text that reads
back to the same bits, money as canonical text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Any

from fundarb.adapters.sqlite.symbols import SymbolIds
from fundarb.adapters.sqlite.trading_rows import Row, digits
from fundarb.domain.position import Split
from fundarb.domain.result import Counts, RunResult, Totals, TradeRow

RUN_COLUMNS = (
    "run_id, mode, from_ms, to_ms, data_hash, params, flags, metrics, counts, universe, excluded, "
    "funding, price, fees, slippage, other, equity, lowest_cash"
)
TRADE_COLUMNS = "symbol_id, opened_ms, closed_ms, qty, open_reason, close_reason, funding, price, fees, slippage, other"


def run_row(run: RunResult) -> Row:
    """RUN_COLUMNS of a run."""
    return (
        run.run_id,
        run.mode,
        run.from_ms,
        run.to_ms,
        run.data_hash,
        _json(dict(run.params)),
        _json(run.flags),
        _json(dict(run.metrics)),
        _json(_counts_object(run.counts)),
        _json(run.universe),
        _json(dict(run.excluded)),
        *_split_row(run.totals.split),
        digits(run.totals.equity),
        digits(run.totals.lowest_cash),
    )


def row_totals(row: Row) -> Totals:
    """The totals in the last columns of RUN_COLUMNS."""
    *split, equity, lowest_cash = row
    return Totals(row_split(split), Decimal(equity), Decimal(lowest_cash))


def row_counts(text: str) -> Counts:
    """The counts that `run_row` wrote."""
    return Counts(**json.loads(text))


def trade_row(trade: TradeRow, ids: SymbolIds) -> Row:
    """TRADE_COLUMNS of a trade."""
    return (
        ids[trade.pair],
        trade.opened_ms,
        trade.closed_ms,
        digits(trade.qty),
        trade.open_reason,
        trade.close_reason,
        *_split_row(trade.split),
    )


def row_trade(row: Row) -> TradeRow:
    """The trade of TRADE_COLUMNS, the symbol in place of its id."""
    pair, opened_ms, closed_ms, qty, open_reason, close_reason, *split = row
    return TradeRow(pair, opened_ms, closed_ms, Decimal(qty), open_reason, close_reason, row_split(split))


def row_sample(row: Row) -> tuple[int, Decimal]:
    """A sample of equity."""
    at_ms, value = row
    return at_ms, Decimal(value)


def row_split(row: Sequence[str]) -> Split:
    """The five parts of a result, in the order funding, price, fees, slippage, other."""
    return Split(*map(Decimal, row))


def _split_row(split: Split) -> Row:
    return tuple(digits(part) for part in (split.funding, split.price, split.fees, split.slippage, split.other))


def _counts_object(counts: Counts) -> Mapping[str, Any]:
    named = {field.name: getattr(counts, field.name) for field in fields(counts)}
    return {**named, "refused": dict(counts.refused)}


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
