"""`instruments.csv`: what can be traded, its lot rules and the time it was listed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from fundarb.adapters.layout import fields
from fundarb.adapters.layout.fields import Fields
from fundarb.domain.brief import brief
from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.money import canonical

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
    """Reads rows of instruments; they are few, so always the careful way."""

    def plain(self, text: str) -> Sequence[Pair] | None:
        """None: every row is looked at."""
        return None

    def careful(self, row: Fields) -> Pair:
        """One row; ValueError says what is wrong with it."""
        symbol, spot = row["symbol"].strip(), row["spot"].strip() or None
        if not _PERP.fullmatch(symbol):
            raise ValueError(f"symbol must be a perp's, like BTC/USDT:USDT, got {brief(symbol)}")
        if spot and not _SPOT.fullmatch(spot):
            raise ValueError(f"spot must be a spot market's symbol, like BTC/USDT, or blank, got {brief(spot)}")
        first_seen_ms, gone_ms = (fields.optional_instant(row, name) for name in ("first_seen_ms", "gone_ms"))
        if gone_ms is not None and first_seen_ms is not None and gone_ms <= first_seen_ms:
            raise ValueError(f"gone_ms {gone_ms} must come after first_seen_ms {first_seen_ms}")
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


def columns(pairs: Iterable[Pair]) -> tuple[str, ...]:
    """The columns that say everything about these pairs."""
    return (*COLUMNS, MMR) if any(pair.mmr is not None for pair in pairs) else COLUMNS


def row_of(pair: Pair) -> dict[str, object]:
    """Every column of a pair; blank where it says nothing."""
    lots = {"perp": pair.perp_lots, "spot": pair.spot_lots}
    return {
        "symbol": pair.symbol,
        "spot": pair.spot,
        "multiplier": canonical(pair.multiplier),
        **{f"{market}_step": canonical(rule.step) for market, rule in lots.items()},
        **{f"{market}_min_qty": canonical(rule.min_qty) for market, rule in lots.items()},
        **{f"{market}_min_notional": canonical(rule.min_notional) for market, rule in lots.items()},
        "first_seen_ms": pair.first_seen_ms,
        "gone_ms": pair.gone_ms,
        MMR: None if pair.mmr is None else canonical(pair.mmr),
    }
