"""What the store lacks for a run, in words: what there is instead, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fundarb.domain.instants import iso
from fundarb.domain.instrument import Kind
from fundarb.domain.market import StreamSummary
from fundarb.reporting.advice import fetch_line, few
from fundarb.signals.panel import CandleRows, Panel

LEND = "--set backtest.spot_source=perp lets the perp's price stand in"


def no_common_open(streams: Sequence[StreamSummary], symbols: Sequence[str]) -> str:
    """No pair has a time at which candles of both its legs open: which leg is not there."""
    there = {kind: {one.symbol for one in streams if one.kind is kind and one.rows} for kind in (Kind.PERP, Kind.SPOT)}
    since_ms = min((one.first_ms for one in streams if one.rows), default=None)
    bring = f"{fetch_line(symbols, since_ms)} or `fundarb data import` brings them"
    if not any(there.values()):
        return f"no candles are stored of {few(symbols)}; {bring}"
    if not there[Kind.SPOT]:
        return f"no spot candles are stored of {few(symbols)}; {bring}, or {LEND}"
    if not there[Kind.PERP]:
        return f"no perp candles are stored of {few(symbols)}; {bring}"
    return (
        f"no two candles of both legs of a pair open at the same time, of {few(symbols)}; "
        "`fundarb data list` shows what there is of each"
    )


def no_settlement(symbols: Sequence[str]) -> str:
    """None at all is stored of these pairs."""
    bring = f"{fetch_line(symbols)} or `fundarb data import` brings some"
    return f"no settlement is stored of {few(symbols)}; {bring}"


def extent(settled: Sequence[StreamSummary]) -> str:
    """From the first to the last settlement stored."""
    if not settled:
        return "none"
    return f"{iso(min(one.first_ms for one in settled))} to {iso(max(one.last_ms for one in settled))}"


def begins_too_late(typed: str, from_ms: int, newest_ms: int) -> str:
    """--from lies beyond the data, and --to was left to it."""
    return (
        f"--from {typed} is {iso(from_ms)}, and candles of both legs of a pair open until {iso(newest_ms)} at the latest; "
        "`fundarb data list` shows what there is"
    )


def ends_too_early(to_ms: int, settled: Sequence[StreamSummary]) -> str:
    """--to lies before the data, and --from was left to it."""
    return f"no settlement before --to {iso(to_ms)}; stored: {extent(settled)}"


def beyond(to_ms: int, newest_ms: int | None, settled: Sequence[StreamSummary]) -> str | None:
    """A word about a range that goes on where the data has ended."""
    if newest_ms is None or newest_ms >= to_ms or not settled:
        return None
    last_ms = max(one.last_ms for one in settled)
    return (
        f"--to {iso(to_ms)} is beyond the data: candles of both legs of a pair open until {iso(newest_ms)} at the latest, "
        f"and the last settlement is {iso(last_ms)}"
    )


def lendable(panel: Panel, symbols: Iterable[str]) -> list[str]:
    """Those for whose spot the perp could stand in: there are candles of it, and none of the spot."""
    places = {symbol: panel.index(symbol) for symbol in symbols}
    return [symbol for symbol, index in places.items() if _any(panel.perp, index) and not _any(panel.spot, index)]


def _any(candles: CandleRows, index: int) -> bool:
    rows = candles.rows(index)
    return bool(rows.stop > rows.start)
