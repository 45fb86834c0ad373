"""Look-ahead test and parity test in one: a row of the whole history equals the last row of what was known then, and of
the trailing window alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from fundarb.domain.instants import DAY, HOUR
from fundarb.signals.panel import CandleColumns, Panel, SettlementColumns
from tests.signals.making import built
from tests.signals.markets import Market
from tests.signals.reference import Streams

Reading = Callable[[Panel], Mapping[str, Any]]
HORIZON, BASIS_ROWS, VOLUME_DAYS = 120 * DAY, 90, 31


def assert_causal(reading: Reading, market: Market, moments: Iterable[tuple[int, int]]) -> None:
    """`reading` gives columns beside the settlements; `moments` are (pair, row within the pair)."""
    whole = market.panel()
    found = reading(whole)
    for index, row in moments:
        at_ms = int(market.streams[index].settlements.settled_at[row])
        for name, streams in (
            ("what was known then", market.streams),
            ("the trailing window", [trailing(one, at_ms) for one in market.streams]),
        ):
            panel = built(market.pairs, streams, at_ms)
            last = panel.settlements.rows(index).stop - 1
            assert int(panel.settlements.settled_at[last]) == at_ms
            for column, values in reading(panel).items():
                ours, theirs = found[column][whole.settlements.rows(index).start + row], values[last]
                assert same(ours, theirs), f"{column} at row {row}: {ours!r} of the whole, {theirs!r} of {name}"


def same(one: Any, other: Any) -> bool:
    """Equal to the last bit, or both absent."""
    return bool(one == other) or (one != one and other != other)


def moments_of(market: Market, seed: int, count: int) -> list[tuple[int, int]]:
    """Random settlements, half of them among the latest, where windows are full."""
    rng = np.random.default_rng(seed)
    moments = []
    for _ in range(count):
        index = int(rng.integers(len(market.pairs)))
        rows = len(market.streams[index].settlements.settled_at)
        moments.append((index, int(rng.integers(0 if rng.random() < 0.5 else rows * 3 // 4, rows))))
    return moments


def trailing(stream: Streams, at_ms: int, span_ms: int = HORIZON, basis_rows: int = BASIS_ROWS) -> Streams:
    """What the signals of the last settlement by `at_ms` may look at, and nothing older.

    120 days of settlements or the 90 before it, whichever reach further, with the one before them; the closes known at
    the first of these; candles of 31 days, and the last with a volume that opened before."""
    settled = stream.settlements
    last = int(np.searchsorted(settled.settled_at, at_ms, side="right")) - 1
    if last < 0:
        return stream
    until_ms = int(settled.settled_at[last])
    first = min(int(np.searchsorted(settled.settled_at, until_ms - span_ms, side="right")), max(last - basis_rows, 0))
    while first > 0 and int(settled.settled_at[first] - settled.settled_at[first - 1]) > 8 * HOUR:
        first -= 1  # a hole keeps the interval of the row before it, so that row and its interval are looked at too
    first = max(first - 1, 0)
    since_ms = int(settled.settled_at[first])
    volume_ms = min(since_ms, until_ms - VOLUME_DAYS * DAY)
    return Streams(
        SettlementColumns(settled.settled_at[first:], settled.rate[first:]),
        _candles(stream.perp, since_ms, volume_ms, with_volume=True),
        _candles(stream.spot, since_ms, volume_ms, with_volume=False),
        stream.mark,
    )


def _candles(columns: CandleColumns, since_ms: int, volume_ms: int, *, with_volume: bool) -> CandleColumns:
    closed_at = columns.open_at + columns.span_ms
    known = closed_at[closed_at <= since_ms]
    kept = closed_at >= (known.max() if len(known) else 0)
    if with_volume:
        before = np.flatnonzero((columns.open_at <= volume_ms) & ~np.isnan(columns.volume))
        kept |= closed_at > volume_ms
        kept[before[-1:]] = True
    names = ("open_at", "span_ms", "open", "high", "low", "close", "volume")
    return replace(columns, **{name: getattr(columns, name)[kept] for name in names})
