"""Builds a panel from each pair's own columns: pure arrays, no I/O, nothing later than the panel's end in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from fundarb.domain.instants import LONGEST_INTERVAL, iso
from fundarb.domain.instrument import Pair
from fundarb.errors import DataError
from fundarb.signals.fingerprint import content_hash
from fundarb.signals.panel import (
    CandleColumns,
    CandleRows,
    Floats,
    Panel,
    SettlementColumns,
    SettlementRows,
    Stamps,
    Wide,
)

Record = TypeVar("Record", SettlementRows, CandleRows)
CANDLE_NUMBERS = ("open", "high", "low", "close", "volume")


def assemble(
    pairs: Sequence[Pair],
    settlements: SettlementRows,
    perp: CandleRows,
    spot: CandleRows,
    mark: CandleRows,
    until_ms: int,
) -> Panel:
    """The panel of pairs, in symbol order, and of their rows, which were built with the same `until_ms`."""
    known = tuple(_as_known(pair, until_ms) for pair in pairs)
    _refuse_unfit(known, settlements, perp, spot, mark)
    return Panel(
        pairs=known,
        settlements=settlements,
        perp=perp,
        spot=spot,
        mark=mark,
        times=_read_only(np.unique(settlements.settled_at)),
        until_ms=until_ms,
        data_hash=content_hash(known, settlements, perp, spot, mark),
    )


def settlement_rows(columns: Sequence[SettlementColumns], until_ms: int) -> SettlementRows:
    """One pair's settlements after another's, up to `until_ms`, each with its interval."""
    kept = [int(np.searchsorted(one.settled_at, until_ms, side="right")) for one in columns]
    offsets = _offsets(kept)
    settled_at = _joined([one.settled_at[:n] for one, n in zip(columns, kept, strict=True)], np.int64)
    _refuse_disorder(offsets, settled_at)
    return _sealed(
        SettlementRows(
            offsets=offsets,
            settled_at=settled_at,
            rate=_joined([one.rate[:n] for one, n in zip(columns, kept, strict=True)], np.float64),
            interval_ms=intervals(offsets, settled_at),
            wide=_shifted(("rate",), [_before(one.wide, n) for one, n in zip(columns, kept, strict=True)], offsets),
        )
    )


def candle_rows(columns: Sequence[CandleColumns], until_ms: int) -> CandleRows:
    """One pair's candles of a market after another's, opening up to `until_ms`; of an unfinished one only the open."""
    known = [_known_at(one, until_ms) for one in columns]
    offsets = _offsets([len(one.open_at) for one in known])
    open_at = _joined([one.open_at for one in known], np.int64)
    span_ms = _joined([one.span_ms for one in known], np.int64)
    _refuse_disorder(offsets, open_at, span_ms)
    numbers = {name: _joined([getattr(one, name) for one in known], np.float64) for name in CANDLE_NUMBERS}
    wide = _shifted(CANDLE_NUMBERS, [one.wide for one in known], offsets)
    return _sealed(CandleRows(offsets=offsets, open_at=open_at, span_ms=span_ms, **numbers, wide=wide))


def intervals(offsets: Stamps, settled_at: Stamps) -> Stamps:
    """Semantics §1: the gap to the row before; after a hole (above 8 h) what the row before has, 8 h if that is the
    first; 0 for the first of each pair."""
    gap = np.diff(settled_at, prepend=0)
    first = np.zeros(len(settled_at), dtype=np.bool_)
    first[offsets[:-1][np.diff(offsets) > 0]] = True
    gap[first] = LONGEST_INTERVAL
    row = np.arange(len(settled_at))
    source = np.maximum.accumulate(np.where(gap <= LONGEST_INTERVAL, row, 0)) if len(row) else row
    return np.where(first, 0, gap[source])


def _known_at(columns: CandleColumns, until_ms: int) -> CandleColumns:
    """Without what opens after `until_ms`, and without the later numbers of what closes after it."""
    cut = slice(int(np.searchsorted(columns.open_at, until_ms, side="right")))
    finished = columns.open_at[cut] + columns.span_ms[cut] <= until_ms

    def masked(name: str) -> Floats:
        values: Floats = getattr(columns, name)[cut]
        return values if name == "open" or finished.all() else np.where(finished, values, np.nan)

    def is_known(name: str, row: int) -> bool:
        return row < len(finished) and bool(name == "open" or finished[row])

    return CandleColumns(
        open_at=columns.open_at[cut],
        span_ms=columns.span_ms[cut],
        **{name: masked(name) for name in CANDLE_NUMBERS},
        wide={name: {row: v for row, v in kept.items() if is_known(name, row)} for name, kept in columns.wide.items()},
    )


def _as_known(pair: Pair, until_ms: int) -> Pair:
    """A pair whose end is not yet known if it comes after `until_ms`."""
    return replace(pair, gone_ms=None) if pair.gone_ms is not None and pair.gone_ms > until_ms else pair


def _offsets(counts: Sequence[int]) -> Stamps:
    return np.concatenate(([0], np.cumsum(np.array(counts, dtype=np.int64)))).astype(np.int64)


def _joined(parts: Sequence[NDArray[Any]], dtype: type[np.generic]) -> NDArray[Any]:
    return np.concatenate(parts, dtype=dtype) if parts else np.empty(0, dtype=dtype)


def _before(wide: Wide, count: int) -> Wide:
    """Only what belongs to the first `count` rows: a later row would be taken for one of the next pair."""
    return {name: {row: value for row, value in kept.items() if row < count} for name, kept in wide.items()}


def _shifted(names: Sequence[str], parts: Sequence[Wide], offsets: Stamps) -> dict[str, dict[int, Decimal]]:
    """The wide numbers of every pair under their rows in the whole; columns without any are left out."""
    starts = offsets.tolist()[:-1]
    whole = {
        name: {
            start + row: value
            for start, part in zip(starts, parts, strict=True)
            for row, value in part.get(name, {}).items()
        }
        for name in names
    }
    return {name: rows for name, rows in whole.items() if rows}


def _sealed(record: Record) -> Record:
    """The same record, its arrays read-only: a panel is shared by all who read it."""
    for member in fields(record):
        value = getattr(record, member.name)
        if isinstance(value, np.ndarray):
            _read_only(value)
    return record


def _read_only(values: NDArray[Any]) -> NDArray[Any]:
    values.setflags(write=False)
    return values


def _refuse_unfit(pairs: Sequence[Pair], *rows: SettlementRows | CandleRows) -> None:
    """A panel holds tradable pairs in symbol order, and rows for each of them."""
    for pair in pairs:
        if pair.spot is None:
            raise DataError(
                f"{pair.symbol} has no spot market, so it is no pair and cannot stand in a panel; leave it out"
            )
    symbols = [pair.symbol for pair in pairs]
    if symbols != sorted(set(symbols)):
        raise DataError(f"pairs of a panel stand in symbol order, each once; got {', '.join(symbols)}")
    for one in rows:
        if len(one.offsets) != len(pairs) + 1:
            raise DataError(f"a panel of {len(pairs)} pairs was given rows of {len(one.offsets) - 1}")


def _refuse_disorder(offsets: Stamps, at: Stamps, span_ms: Stamps | None = None) -> None:
    """Within a pair time must rise; candles opening together must have rising spans."""
    step = np.diff(at)
    rising = step > 0 if span_ms is None else (step > 0) | ((step == 0) & (np.diff(span_ms) > 0))
    same_pair = np.ones(len(step), dtype=np.bool_)
    starts = offsets[1:-1]
    same_pair[starts[(starts > 0) & (starts <= len(step))] - 1] = False
    wrong = np.flatnonzero(same_pair & ~rising)
    if len(wrong):
        raise DataError(f"rows of a pair are not in rising order of time at {iso(int(at[wrong[0] + 1]))}")
