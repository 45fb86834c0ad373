"""`instruments.csv`: what can be traded, its lot rules and the time it was listed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fundarb.adapters.layout import fields
from fundarb.adapters.layout.fields import Fields
from fundarb.domain.instrument import LotRule, Pair

COLUMNS = (
    "symbol",
    "spot",
    "multiplier",
    "perp_step",
    "perp_min_qty",
    "perp_min_notional",
    "spot_step",
    "spot_min_qty",
    "spot_min_notional",
    "first_seen_ms",
    "gone_ms",
)
MMR = "mmr"
_PERP = re.compile(r"[^\s,/:]+/[^\s,/:]+:[^\s,/:]+")
_SPOT = re.compile(r"[^\s,/:]+/[^\s,/:]+")
_SPOT_LOTS = ("spot_step", "spot_min_qty", "spot_min_notional")


class InstrumentParser:
    """Reads rows of instruments, and keeps their symbols; they are few, so always the careful way."""

    def __init__(self) -> None:
        self.symbols: set[str] = set()

    def plain(self, text: str) -> Sequence[Pair] | None:
        """None: every row is looked at."""
        return None

    def careful(self, row: Fields) -> Pair:
        """One row; ValueError says what is wrong with it."""
        symbol, spot = row["symbol"].strip(), row["spot"].strip() or None
        if not _PERP.fullmatch(symbol):
            raise ValueError(f"symbol must be a perp's, like BTC/USDT:USDT, got {symbol!r}")
        if spot and not _SPOT.fullmatch(spot):
            raise ValueError(f"spot must be a spot market's symbol, like BTC/USDT, or blank, got {spot!r}")
        first_seen_ms, gone_ms = (fields.optional_instant(row, name) for name in ("first_seen_ms", "gone_ms"))
        if gone_ms is not None and first_seen_ms is not None and gone_ms <= first_seen_ms:
            raise ValueError(f"gone_ms {gone_ms} must come after first_seen_ms {first_seen_ms}")
        self.symbols.add(symbol)
        perp_lots = _lots(row, "perp")
        without_spot = spot is None and not any(row[name].strip() for name in _SPOT_LOTS)
        return Pair(
            symbol=symbol,
            spot=spot,
            multiplier=fields.positive(row, "multiplier"),
            perp_lots=perp_lots,
            spot_lots=perp_lots if without_spot else _lots(row, "spot"),  # never used: there is nothing to buy
            first_seen_ms=first_seen_ms,
            gone_ms=gone_ms,
            mmr=fields.not_negative(row, MMR) if row.get(MMR, "").strip() else None,
        )


def _lots(row: Fields, market: str) -> LotRule:
    return LotRule(
        step=fields.positive(row, f"{market}_step"),
        min_qty=fields.not_negative(row, f"{market}_min_qty"),
        min_notional=fields.not_negative(row, f"{market}_min_notional"),
    )
