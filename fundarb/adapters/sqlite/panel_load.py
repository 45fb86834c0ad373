"""Loads a panel through the market port, market by market: memory holds the panel and the columns of one market."""

from __future__ import annotations

from collections.abc import Sequence

from fundarb.domain.instants import LATEST
from fundarb.domain.instrument import Pair
from fundarb.domain.market import Span
from fundarb.errors import UnknownPair
from fundarb.ports.market import MarketReader
from fundarb.signals.assembly import assemble, candle_rows, settlement_rows
from fundarb.signals.panel import CandleRows, Panel

RETRIES = 2


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
