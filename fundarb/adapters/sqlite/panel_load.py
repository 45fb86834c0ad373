"""Loads a panel through the market port, market by market: memory holds the panel and the columns of one market."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fundarb.domain.instants import DAY, LATEST
from fundarb.domain.instrument import Pair
from fundarb.domain.market import Span
from fundarb.errors import UnknownPair
from fundarb.ports.market import MarketReader
from fundarb.signals.assembly import assemble, candle_rows, settlement_rows
from fundarb.signals.lookback import Reach, first_needed
from fundarb.signals.panel import CandleColumns, CandleRows, Panel, SettlementColumns, Wide
from fundarb.signals.volume import LOOKBACK as VOLUME_LOOKBACK

RETRIES = 2
_NEAR = 3 * DAY  # how far before a moment the candle that closed last by then usually lies


async def load_panel(reader: MarketReader, symbols: Sequence[str], until_ms: int) -> Panel:
    """What the store knows of these pairs up to `until_ms`, and the opens of the candles that open at that very time."""
    panel, _ = await load_with_revision(reader, symbols, until_ms)
    return panel


async def load_with_revision(reader: MarketReader, symbols: Sequence[str], until_ms: int) -> tuple[Panel, str | None]:
    """The panel and the revision of the store it shows; None if another process kept writing through every attempt."""
    panel, before, after = await _read_between(reader, symbols, until_ms)
    for _ in range(RETRIES):
        if before == after:
            break
        panel, before, after = await _read_between(reader, symbols, until_ms)
    return panel, after if before == after else None


async def _read_between(reader: MarketReader, symbols: Sequence[str], until_ms: int) -> tuple[Panel, str, str]:
    """The panel with the store's revision before and after reading it; where they are equal it shows one state."""
    before = await reader.revision()
    panel = await _read(reader, symbols, until_ms)
    return panel, before, await reader.revision()


async def load_trailing(reader: MarketReader, symbols: Sequence[str], until_ms: int, reach: Reach) -> Panel:
    """As `load_panel`, with only as much history as the last settlement of each pair hangs on."""
    pairs, columns, since = await _pairs(reader, symbols), [], {}
    for pair in pairs:
        settled = await _settled_back(reader, pair.symbol, until_ms, reach)
        columns.append(settled)
        first_ms = int(settled.settled_at[0]) if len(settled.settled_at) else until_ms
        since[pair.symbol] = min(first_ms, until_ms - max(reach.span_ms, VOLUME_LOOKBACK))

    async def market(name: str) -> CandleRows:
        found = [await _candles_back(reader, pair.symbol, name, since[pair.symbol], until_ms) for pair in pairs]
        return candle_rows(found, until_ms)

    return assemble(
        pairs,
        settlement_rows(columns, until_ms),
        perp=await market("perp"),
        spot=await market("spot"),
        mark=await market("mark"),
        until_ms=until_ms,
    )


async def _settled_back(reader: MarketReader, symbol: str, until_ms: int, reach: Reach) -> SettlementColumns:
    """A pair's settlements as far back as its last one reaches; all where there are no more."""
    since_ms = until_ms - reach.span_ms - _NEAR
    while since_ms > 0:
        found = await reader.settlement_columns(symbol, Span(since_ms, until_ms + 1), until_ms)
        needed = first_needed(found.settled_at, reach)
        if needed is not None:
            return SettlementColumns(found.settled_at[needed:], found.rate[needed:], _from_row(found.wide, needed))
        since_ms -= until_ms - since_ms
    return await reader.settlement_columns(symbol, Span(0, until_ms + 1), until_ms)


def _from_row(wide: Wide, first: int) -> Wide:
    """Long numbers by their rows once those before `first` are gone."""
    return {name: {row - first: value for row, value in kept.items() if row >= first} for name, kept in wide.items()}


async def _candles_back(reader: MarketReader, symbol: str, market: str, since_ms: int, until_ms: int) -> CandleColumns:
    """A pair's candles from one that had closed by `since_ms` (with a volume) on; all where none is near."""
    near_ms = max(0, since_ms - _NEAR)
    found = await reader.candle_columns(symbol, market, Span(near_ms, until_ms + 1), LATEST)
    closed = found.open_at + found.span_ms <= since_ms
    if near_ms == 0 or bool((closed & (~np.isnan(found.volume) | (market == "mark"))).any()):
        return found
    return await reader.candle_columns(symbol, market, Span(0, until_ms + 1), LATEST)


async def _read(reader: MarketReader, symbols: Sequence[str], until_ms: int) -> Panel:
    pairs = await _pairs(reader, symbols)
    span = Span(0, until_ms + 1)
    settled = [await reader.settlement_columns(pair.symbol, span, until_ms) for pair in pairs]
    return assemble(
        pairs,
        settlement_rows(settled, until_ms),
        perp=await _market(reader, pairs, "perp", until_ms),
        spot=await _market(reader, pairs, "spot", until_ms),
        mark=await _market(reader, pairs, "mark", until_ms),
        until_ms=until_ms,
    )


async def _market(reader: MarketReader, pairs: Sequence[Pair], market: str, until_ms: int) -> CandleRows:
    """Candles opening up to `until_ms`, unfinished ones too: assembly leaves those only their open."""
    span = Span(0, until_ms + 1)
    return candle_rows([await reader.candle_columns(pair.symbol, market, span, LATEST) for pair in pairs], until_ms)


async def _pairs(reader: MarketReader, symbols: Sequence[str]) -> list[Pair]:
    """The pairs in symbol order, whenever they were first seen: settlements stored from before that count too."""
    stored = {pair.symbol: pair for pair in await reader.pairs(LATEST)}
    missing = sorted(set(symbols) - set(stored))
    if missing:
        raise UnknownPair(f"not in the store: {', '.join(missing)}; `fundarb data list` shows what is")
    return [stored[symbol] for symbol in sorted(set(symbols))]
