"""A made-up or imported market as plain records, and the panel the engine reads of it."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fundarb.domain.instants import parse_duration, snap
from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.money import canonical, parse
from fundarb.signals.assembly import assemble, candle_rows, settlement_rows
from fundarb.signals.panel import CandleColumns, Panel, SettlementColumns

DIGITS_OF_A_FLOAT = 15
NUMBERS = ("open", "high", "low", "close", "volume")


class Bar(NamedTuple):
    """A candle of one market."""

    open_at: int
    span: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal | None


@dataclass(frozen=True)
class Stream:
    """Everything stored of one pair, oldest first, the shorter candle before the longer."""

    pair: Pair
    settled: tuple[tuple[int, Decimal], ...]
    perp: tuple[Bar, ...] = ()
    spot: tuple[Bar, ...] = ()
    mark: tuple[Bar, ...] = ()


World = tuple[Stream, ...]


def panel_of(world: Sequence[Stream], until_ms: int) -> Panel:
    """The panel of a world as known at `until_ms`."""

    def candles(bars_of: Callable[[Stream], tuple[Bar, ...]]) -> list[CandleColumns]:
        return [_candle_columns(bars_of(stream)) for stream in world]

    return assemble(
        [stream.pair for stream in world],
        settlement_rows([_settlement_columns(stream) for stream in world], until_ms),
        perp=candle_rows(candles(lambda stream: stream.perp), until_ms),
        spot=candle_rows(candles(lambda stream: stream.spot), until_ms),
        mark=candle_rows(candles(lambda stream: stream.mark), until_ms),
        until_ms=until_ms,
    )


def _settlement_columns(stream: Stream) -> SettlementColumns:
    rates = [rate for _, rate in stream.settled]
    kept = _wide(rates)
    return SettlementColumns(
        np.array([at for at, _ in stream.settled], dtype=np.int64), _floats(rates), {"rate": kept} if kept else {}
    )


def _candle_columns(bars: Sequence[Bar]) -> CandleColumns:
    columns = {name: [getattr(bar, name) for bar in bars] for name in NUMBERS}
    wide = {name: kept for name, values in columns.items() if (kept := _wide(values))}
    return CandleColumns(
        open_at=np.array([bar.open_at for bar in bars], dtype=np.int64),
        span_ms=np.array([bar.span for bar in bars], dtype=np.int64),
        **{name: _floats(values) for name, values in columns.items()},
        wide=wide,
    )


def _floats(values: Sequence[Decimal | None]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)


def _wide(values: Sequence[Decimal | None]) -> dict[int, Decimal]:
    """Values a float cannot stand for."""
    return {row: value for row, value in enumerate(values) if value is not None and _digits(value) > DIGITS_OF_A_FLOAT}


def _digits(value: Decimal) -> int:
    return len(canonical(value).replace(".", "").replace("-", "").strip("0"))


def read_world(folder: Path) -> tuple[World, dict[str, str]]:
    """A folder of the import layout: the pairs that have settlements, and the instruments that are no pairs."""
    rows = list(_rows(folder, "instruments"))
    no_spot = {row["symbol"]: "no_spot_market" for row in rows if not row["spot"]}
    rates: dict[str, dict[int, Decimal]] = {}
    for row in _rows(folder, "funding"):
        rates.setdefault(row["symbol"], {})[snap(int(row["timestamp_ms"]))] = parse(row["rate"])
    bars = _bars(folder)
    pairs = sorted((_pair(row) for row in rows if row["spot"] and row["symbol"] in rates), key=lambda pair: pair.symbol)
    return tuple(_stream(pair, rates[pair.symbol], bars) for pair in pairs), no_spot


def _stream(pair: Pair, rates: dict[int, Decimal], bars: dict[tuple[str, str], list[Bar]]) -> Stream:
    perp, spot, mark = (tuple(sorted(bars.get((pair.symbol, market), ()))) for market in ("perp", "spot", "mark"))
    return Stream(pair, tuple(sorted(rates.items())), perp, spot, mark)


def _bars(folder: Path) -> dict[tuple[str, str], list[Bar]]:
    """By symbol and market. Real files have hundreds of thousands of rows, so that no row becomes a dictionary here."""
    found: dict[tuple[str, str], list[Bar]] = {}
    header, rows = _lines(folder, "candles")
    columns = itemgetter(*map(header.index, ("symbol", "market", "interval", "open_time_ms", *NUMBERS)))
    for symbol, market, interval, open_at, open_, high, low, close, volume in map(columns, rows):
        prices = Decimal(open_), Decimal(high), Decimal(low), Decimal(close)
        bar = Bar(int(open_at), _span(interval), *prices, Decimal(volume) if volume else None)
        found.setdefault((symbol, market), []).append(bar)
    return found


_span = cache(parse_duration)


def _pair(row: dict[str, str]) -> Pair:
    def lots(market: str) -> LotRule:
        return LotRule(*(parse(row[f"{market}_{name}"]) for name in ("step", "min_qty", "min_notional")))

    def moment(name: str) -> int | None:
        return int(row[name]) if row[name] else None

    mmr = parse(row["mmr"]) if row.get("mmr") else None
    multiplier, first, gone = parse(row["multiplier"]), moment("first_seen_ms"), moment("gone_ms")
    return Pair(row["symbol"], row["spot"], multiplier, lots("perp"), lots("spot"), first, gone, mmr)


def _rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    header, lines = _lines(folder, name)
    for line in lines:
        yield dict(zip(header, line, strict=True))


def _lines(folder: Path, name: str) -> tuple[list[str], Iterator[list[str]]]:
    """The header of a file, and its rows."""
    plain = folder / f"{name}.csv"
    text = plain.read_text() if plain.exists() else gzip.decompress((folder / f"{name}.csv.gz").read_bytes()).decode()
    rows = csv.reader(io.StringIO(text))
    return next(rows), rows
