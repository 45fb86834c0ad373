"""The moment a table is about, and the pairs that had settled by then, from what the store says of its streams."""

from __future__ import annotations

from collections.abc import Sequence

from fundarb.domain.instants import iso
from fundarb.domain.instrument import Kind
from fundarb.domain.market import StreamSummary
from fundarb.errors import DataError
from fundarb.reporting.advice import fetch_line, few

TOLD = (Kind.FUNDING, Kind.SPOT, Kind.PERP, Kind.MARK)


def newest_known(streams: Sequence[StreamSummary], symbols: Sequence[str]) -> int:
    """The newest settlement or close of these pairs."""
    ends = [one.last_ms + one.span_ms for one in streams if one.symbol in symbols and one.kind in TOLD and one.rows]
    if not ends:
        raise DataError(
            f"nothing is stored of {few(symbols)}; {fetch_line(symbols)} or `fundarb data import` brings it"
        )
    return max(ends)


def settled_by(
    streams: Sequence[StreamSummary], symbols: Sequence[str], at_ms: int, *, keep_all: bool
) -> tuple[str, ...]:
    """Those of the pairs with a settlement known at a time (all where each was asked for by name, if any has one)."""
    settled = {one.symbol: one for one in streams if one.symbol in symbols and one.kind is Kind.FUNDING and one.rows}
    known = tuple(symbol for symbol in symbols if symbol in settled and settled[symbol].first_ms <= at_ms)
    if not known:
        raise DataError(f"no settlement of {few(symbols)} is known at {iso(at_ms)}; {_stored(list(settled.values()))}")
    return tuple(symbols) if keep_all else known


def _stored(settled: Sequence[StreamSummary]) -> str:
    if not settled:
        return "none is stored; `fundarb fetch` or `fundarb data import` brings some"
    return f"stored: {iso(min(one.first_ms for one in settled))} to {iso(max(one.last_ms for one in settled))}"
