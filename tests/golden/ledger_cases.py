"""Reads `ledgers/*.json` into nouns: settings, pairs, lines, and the trades and totals they must come to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from fundarb.accounting.fees import PairCosts
from fundarb.domain.instants import parse_instant
from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.money import parse
from fundarb.domain.orders import Leg, Side
from fundarb.domain.position import ClosedTrade, Split

FOLDER = Path(__file__).parent / "ledgers"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


@dataclass(frozen=True)
class LedgerCase:
    """One history: what was booked and what it comes to."""

    costs: PairCosts
    haircut: Decimal
    leverage: Decimal
    all_is_lost: bool
    pairs: dict[str, Pair]
    lines: tuple[LedgerLine, ...]
    trades: tuple[ClosedTrade, ...]
    dust_prices: dict[str, Decimal]
    totals: Split
    equity: Decimal


def load(name: str) -> LedgerCase:
    """The case of that name."""
    raw = json.loads((FOLDER / f"{name}.json").read_text())
    setting = raw["setting"]
    return LedgerCase(
        costs=PairCosts(parse("0.001"), parse("0.00055"), parse(setting["slippage"]), setting["fee_in"] == "base"),
        haircut=parse(setting["haircut"]),
        leverage=parse(setting["leverage"]),
        all_is_lost=setting["liq_loss"] == "all",
        pairs={row["symbol"]: _pair(row) for row in raw["instruments"]},
        lines=tuple(_line(row) for row in raw["lines"]),
        trades=tuple(_trade(row) for row in raw["trades"]),
        dust_prices={pair: parse(price) for pair, price in raw["dust_prices"].items()},
        totals=_split(raw["totals"]),
        equity=parse(raw["totals"]["equity"]),
    )


def _pair(row: dict[str, str]) -> Pair:
    least, notional = parse("0.001"), parse("5")
    perp = LotRule(parse(row["perp_step"]), least, notional)
    spot = LotRule(parse(row["spot_step"]), least, notional)
    return Pair(row["symbol"], row["symbol"].partition(":")[0], parse(row["multiplier"]), perp, spot)


def _line(row: dict[str, Any]) -> LedgerLine:
    def number(key: str) -> Decimal | None:
        return parse(row[key]) if key in row else None

    return LedgerLine(
        at_ms=parse_instant(row["t"]),
        kind=LineKind(row["kind"]),
        pair=row["pair"],
        cash=parse(row["cash"]),
        leg=Leg(row["leg"]) if "leg" in row else None,
        side=Side(row["side"]) if "side" in row else None,
        qty=number("qty"),
        price=number("price"),
        fair=number("fair"),
        fee=number("fee"),
        fee_ccy=row.get("fee_ccy"),
        rate=number("rate"),
        reason=row.get("reason"),
    )


def _split(row: dict[str, str]) -> Split:
    return Split(*(parse(row[part]) for part in ("funding", "price", "fees", "slippage", "other")))


def _trade(row: dict[str, str]) -> ClosedTrade:
    split = _split(row)
    assert split.net == parse(row["net"])
    return ClosedTrade(
        pair=row["pair"],
        opened_ms=parse_instant(row["opened_at"]),
        closed_ms=parse_instant(row["closed_at"]),
        qty=parse(row["qty"]),
        open_reason=row["open_reason"],
        close_reason=row["close_reason"],
        split=split,
    )
