"""Which pairs and which stretch of time a run is about, from what was asked and what the store has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from fundarb.domain.instants import DAY, LATEST, iso
from fundarb.domain.instrument import Kind, Pair
from fundarb.domain.market import Span, StreamSummary
from fundarb.domain.naming import resolve_pairs
from fundarb.domain.when import parse_when
from fundarb.errors import DataError, UsageError
from fundarb.ports.market import MarketReader
from fundarb.reporting.advice import few
from fundarb.research import lacking

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
        raise DataError(_nothing(chosen, left_out.intersection(wanted), pairs))
    return Universe(hedgeable, {pair.symbol: NO_SPOT for pair in chosen if pair.spot is None}, streams)


async def resolve_range(
    reader: MarketReader, universe: Universe, start: str | None, end: str | None, now_ms: int, *, spot_from_perp: bool
) -> Span:
    """[from, to): as asked, else from the first settlement to the newest time at which both legs of a pair open."""
    own = [stream for stream in universe.streams if stream.symbol in universe.symbols]
    settled = [stream for stream in own if stream.kind is Kind.FUNDING and stream.rows]
    if not settled:
        raise DataError(lacking.no_settlement(universe.symbols))
    to_ms = await newest_open(reader, own, spot_from_perp) if end is None else parse_when(end, now_ms)
    if to_ms is None:
        raise DataError(lacking.no_common_open(own, universe.symbols))
    first_ms = min(stream.first_ms for stream in settled)
    from_ms = first_ms if start is None else parse_when(start, now_ms, None if end is None else to_ms)
    if from_ms >= to_ms:
        raise _reversed(start, end, from_ms, to_ms, settled)
    if not any(stream.first_ms < to_ms and stream.last_ms >= from_ms for stream in settled):
        raise DataError(f"no settlement from {iso(from_ms)} to {iso(to_ms)}; stored: {lacking.extent(settled)}")
    return Span(from_ms, to_ms)


def _reversed(
    start: str | None, end: str | None, from_ms: int, to_ms: int, settled: Sequence[StreamSummary]
) -> UsageError | DataError:
    """Whoever typed both ends mixed them up; one end alone lies where there is no data."""
    if start is not None and end is not None:
        return UsageError(f"--from {iso(from_ms)} is not before --to {iso(to_ms)}")
    if start is not None:
        return DataError(lacking.begins_too_late(start, from_ms, to_ms))
    return DataError(lacking.ends_too_early(to_ms, settled))


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


def _nothing(chosen: Sequence[Pair], left_out: Collection[str], stored: Sequence[Pair]) -> str:
    if not stored:
        return "the store has no pairs; bring some in with `fundarb fetch PAIRS --since DATE` or `fundarb data import`"
    if chosen:
        return f"no pair with a spot market among {few(pair.symbol for pair in chosen)}"
    if left_out:
        return f"no pair is left: universe.exclude leaves out {few(left_out)}"
    return lacking.no_settlement([pair.symbol for pair in stored])
