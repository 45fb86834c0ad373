"""`candles.csv`: finished candles of spot, perp and mark, under the symbol of the pair's perp."""

from __future__ import annotations

from collections.abc import Sequence, Set

import numpy as np

from fundarb.adapters.layout import fields
from fundarb.adapters.layout.fields import EARLIEST_MS, LATEST_MS, Fields
from fundarb.adapters.layout.plain import MAYBE, TEXT, TIME, UNSIGNED, plain_form
from fundarb.domain.brief import cut
from fundarb.domain.instrument import MARKETS
from fundarb.domain.money import canonical
from fundarb.ports.market import CandleDigits

COLUMNS = ("symbol", "market", "interval", "open_time_ms", "open", "high", "low", "close", "volume")
_LOOKS = {
    "symbol": TEXT,
    "market": f"({'|'.join(MARKETS)})",
    "interval": r"(\d{1,4}[mhdw])",
    "open_time_ms": TIME,
    "open": UNSIGNED,
    "high": UNSIGNED,
    "low": UNSIGNED,
    "close": UNSIGNED,
    "volume": MAYBE,
}
Texts = Sequence[str]


class CandleParser:
    """Reads rows of candles under one header; `known` are the symbols that have an instrument."""

    def __init__(self, header: Sequence[str], known: Set[str]) -> None:
        self._known = known
        self._form = plain_form(header, _LOOKS)

    def plain(self, text: str) -> Sequence[CandleDigits] | None:
        """All rows at once, or None where one of them needs a closer look."""
        columns = self._form.columns(text)
        if columns is None:
            return None
        symbols, markets, intervals, times, *prices, volumes = columns
        spans = {text: fields.interval_ms(text) for text in set(intervals)}
        opens_at = list(map(int, times))
        if (
            None in spans.values()
            or not self._known >= set(symbols)
            or min(opens_at) < EARLIEST_MS
            or max(opens_at) >= LATEST_MS
            or not _sound(*prices)
        ):
            return None
        if "" in volumes and _lacks_volume(markets, volumes):
            return None
        filled = [volume or None for volume in volumes] if "" in volumes else volumes
        rows = zip(symbols, markets, map(spans.__getitem__, intervals), opens_at, *prices, filled, strict=True)
        return list(map(CandleDigits._make, rows))

    def careful(self, row: Fields) -> CandleDigits:
        """One row; ValueError says what is wrong with it."""
        first, high, low, close = (fields.positive(row, name) for name in ("open", "high", "low", "close"))
        if high < low:
            raise ValueError(f"high {cut(row['high'].strip())} is below low {cut(row['low'].strip())}")
        market = fields.market(row)
        without = market == "mark" and not row["volume"].strip()
        return CandleDigits(
            fields.symbol(row, self._known),
            market,
            fields.interval(row),
            fields.instant(row, "open_time_ms"),
            canonical(first),
            canonical(high),
            canonical(low),
            canonical(close),
            None if without else canonical(fields.not_negative(row, "volume")),
        )


def _sound(opens: Texts, highs: Texts, lows: Texts, closes: Texts) -> bool:
    """No price zero, no high below its low. Floats of different texts may tie; those rows get the closer look."""
    if "0" in opens or "0" in lows or "0" in closes:
        return False
    high, low = (np.fromiter(map(float, texts), np.float64, len(texts)) for texts in (highs, lows))
    return all(highs[row] == lows[row] for row in np.flatnonzero(high <= low).tolist())


def _lacks_volume(markets: Texts, volumes: Texts) -> bool:
    return any(not volume and market != "mark" for market, volume in zip(markets, volumes, strict=True))
