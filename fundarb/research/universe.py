"""Which pairs and which stretch of time a run is about, from what was asked and what the store has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from fundarb.domain.instants import DAY, LATEST, iso
from fundarb.domain.instrument import Kind, Pair
from fundarb.domain.market import Span, StreamSummary
from fundarb.domain.naming import resolve_pairs
from fundarb.domain.when import parse_when
from fundarb.errors import DataError, UsageError
from fundarb.ports.market import MarketReader

NO_SPOT = "no_spot_market"
_WINDOW = 7 * DAY


@dataclass(frozen=True, slots=True)
class Universe:
    """Pairs in symbol order, instruments left out with the reason, and what the store has of all."""

    symbols: tuple[str, ...]
    excluded: dict[str, str]
    streams: tuple[StreamSummary, ...]


async def choose_universe(reader: MarketReader, asked: Iterable[str], exclude: Iterable[str], now_ms: int) -> Universe:
    """The pairs asked for, else every stored pair with settlements; less what is excluded or has no spot market."""
    pairs = await reader.pairs(max(now_ms, LATEST))
    streams = await reader.streams(LATEST)
    settled = {stream.symbol for stream in streams if stream.kind is Kind.FUNDING and stream.rows}
    wanted = resolve_pairs(asked, pairs) or tuple(pair.symbol for pair in pairs if pair.symbol in settled)
    left_out = set(resolve_pairs(exclude, pairs))
    chosen = [pair for pair in pairs if pair.symbol in wanted and pair.symbol not in left_out]
    hedgeable = tuple(pair.symbol for pair in chosen if pair.spot is not None)
    if not hedgeable:
        raise DataError(_nothing(chosen, pairs))
    return Universe(hedgeable, {pair.symbol: NO_SPOT for pair in chosen if pair.spot is None}, streams)


async def resolve_range(
    reader: MarketReader, universe: Universe, start: str | None, end: str | None, now_ms: int, *, spot_from_perp: bool
) -> Span:
    """[from, to): as asked, else from the first settlement to the newest time at which both legs of a pair open."""
    own = [stream for stream in universe.streams if stream.symbol in universe.symbols]
    settled = [stream for stream in own if stream.kind is Kind.FUNDING and stream.rows]
    to_ms = await newest_open(reader, own, spot_from_perp) if end is None else parse_when(end, now_ms)
    if start is not None:
        from_ms = parse_when(start, now_ms, to_ms if end is not None else None)
    elif settled:
        from_ms = min(stream.first_ms for stream in settled)
    else:
        raise DataError(f"no settlement is stored of {_few(universe.symbols)}; `fundarb data list` shows what there is")
    if to_ms is None:
        raise DataError("no candles of both legs of any pair are stored; `fundarb data list` shows what there is")
    if from_ms >= to_ms:
        raise UsageError(f"--from {iso(from_ms)} is not before --to {iso(to_ms)}")
    if not any(stream.first_ms < to_ms and stream.last_ms >= from_ms for stream in settled):
        there = (
            f"{iso(min(s.first_ms for s in settled))} to {iso(max(s.last_ms for s in settled))}" if settled else "none"
        )
        raise DataError(f"no settlement from {iso(from_ms)} to {iso(to_ms)}; stored: {there}")
    return Span(from_ms, to_ms)


async def newest_open(reader: MarketReader, streams: Sequence[StreamSummary], spot_from_perp: bool) -> int | None:
    """The newest time at which candles of both legs of any pair open (the perp's alone where it stands in)."""
    ends = sorted(_ends(streams, spot_from_perp), reverse=True)
    best: int | None = None
    for bound, symbol, alone in ends:
        if best is not None and bound <= best:
            break
        found = bound if alone else await _newest_common(reader, symbol, bound)
        best = found if best is None else max(best, found or best)
    return best


def _ends(streams: Sequence[StreamSummary], spot_from_perp: bool) -> list[tuple[int, str, bool]]:
    """For each pair the latest its legs can open together, and whether the perp counts alone."""
    last: dict[str, dict[Kind, int]] = {}
    for stream in streams:
        if stream.rows and stream.kind in (Kind.PERP, Kind.SPOT):
            known = last.setdefault(stream.symbol, {})
            known[stream.kind] = max(known.get(stream.kind, 0), stream.last_ms)
    out = []
    for symbol, kinds in last.items():
        if Kind.PERP in kinds and Kind.SPOT in kinds:
            out.append((min(kinds.values()), symbol, False))
        elif Kind.PERP in kinds and spot_from_perp:
            out.append((kinds[Kind.PERP], symbol, True))
    return out


async def _newest_common(reader: MarketReader, symbol: str, bound: int) -> int | None:
    """The newest open both legs of a pair share, looked for backwards."""
    end, window = bound + 1, _WINDOW
    while end > 0:
        span = Span(max(0, end - window), end)
        perp = await reader.candle_columns(symbol, "perp", span, LATEST)
        spot = await reader.candle_columns(symbol, "spot", span, LATEST)
        both = np.intersect1d(perp.open_at, spot.open_at)
        if len(both):
            return int(both[-1])
        end, window = span.start_ms, window * 4
    return None


def _nothing(chosen: Sequence[Pair], stored: Sequence[Pair]) -> str:
    if not stored:
        return "the store has no pairs; bring some in with `fundarb data import`"
    if chosen:
        return f"no pair with a spot market among {_few(pair.symbol for pair in chosen)}"
    return "no stored pair has settlements; `fundarb data list` shows what there is"


def _few(symbols: Iterable[str]) -> str:
    names = sorted(symbols)
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
