"""The data hash: names what a panel was read from, by value, whatever machine, store or cache it came through."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.money import canonical
from fundarb.signals.panel import CandleRows, SettlementRows, Wide

FORMAT = "fundarb panel content 1"
SETTLEMENT_ARRAYS = ("offsets", "settled_at", "rate")
CANDLE_ARRAYS = ("offsets", "open_at", "span_ms", "open", "high", "low", "close", "volume")


def content_hash(pairs: Sequence[Pair], settlements: SettlementRows, *markets: CandleRows) -> str:
    """Hash of instruments, settlements and candles as stored; what is derived (intervals, times, matrices) adds nothing."""
    digest = hashlib.sha256(_text([FORMAT, [_pair_words(pair) for pair in pairs]]))
    _add(digest, settlements, SETTLEMENT_ARRAYS)
    for market in markets:
        _add(digest, market, CANDLE_ARRAYS)
    return digest.hexdigest()


def _add(digest: hashlib._Hash, rows: SettlementRows | CandleRows, names: Sequence[str]) -> None:
    for name in names:
        values = getattr(rows, name)
        digest.update(_text([name, values.dtype.kind, list(values.shape)]))
        digest.update(_bytes(values))
    digest.update(_text(wide_words(rows.wide)))


def wide_words(wide: Wide) -> dict[str, dict[str, str]]:
    """Numbers of more than 15 digits as canonical texts by column and row, fit for JSON."""
    return {
        name: {str(row): canonical(rows[row]) for row in sorted(rows)} for name, rows in sorted(wide.items()) if rows
    }


def _pair_words(pair: Pair) -> list[Any]:
    lots = [[canonical(number) for number in _lots(rule)] for rule in (pair.perp_lots, pair.spot_lots)]
    mmr = None if pair.mmr is None else canonical(pair.mmr)
    return [pair.symbol, pair.spot, canonical(pair.multiplier), lots, pair.first_seen_ms, pair.gone_ms, mmr]


def _lots(rule: LotRule) -> tuple[Decimal, Decimal, Decimal]:
    return rule.step, rule.min_qty, rule.min_notional


def _text(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def _bytes(values: NDArray[Any]) -> memoryview:
    """Little-endian, contiguous, without a copy where the array already is."""
    return np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<")).view(np.uint8).data
