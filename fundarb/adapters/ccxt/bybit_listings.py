"""What Bybit lists, announces or once listed, as pairs: from the raw instruments, since ccxt keeps neither the dead nor
the filters of market orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fundarb.adapters.ccxt.digits import number, stamp
from fundarb.adapters.ccxt.multiples import underlying
from fundarb.domain.instants import MINUTE
from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.money import ZERO
from fundarb.ports.venue import Listed

QUOTE = "USDT"
_NOT_CRYPTO = frozenset({"stock", "forex", "commodity", "xstocks"})
# In the order of life, so that none slips through. Settling is of USDC perps alone, and not asked for.
STATUSES = ("PreLaunch", "Trading", "Delivering", "Closed")
_DEAD, _ENDING = ("Closed", "Settled"), ("Settling", "Delivering")
# Of one name the last counts.
_SUCCESSION = {"Closed": 0, "Settled": 0, "Settling": 1, "Delivering": 1, "PreLaunch": 2, "Trading": 3}


@dataclass(frozen=True, slots=True)
class Instrument:
    """A perp with the names the venue has for its two markets."""

    listed: Listed
    perp_id: str
    spot_id: str | None
    perp_tick: Decimal | None = None  # the grid of prices; None where the venue does not say
    spot_tick: Decimal | None = None


def instruments_of(linear: Iterable[Mapping[str, Any]], spot: Iterable[Mapping[str, Any]]) -> dict[str, Instrument]:
    """Every USDT perp by symbol; dated futures, other quotes and what is no crypto left out."""
    spots = {row["baseCoin"]: row for row in spot if row["quoteCoin"] == QUOTE and _is_crypto(row)}
    found: dict[str, Instrument] = {}
    for row in sorted(filter(_is_wanted, linear), key=lambda row: _SUCCESSION.get(row["status"], 1)):
        instrument = _instrument(row, spots)
        found[instrument.listed.pair.symbol] = instrument
    return dict(sorted(found.items()))


def _is_wanted(row: Mapping[str, Any]) -> bool:
    return (
        row["contractType"] == "LinearPerpetual"
        and row["quoteCoin"] == QUOTE
        and row.get("settleCoin", QUOTE) == QUOTE
        and _is_crypto(row)
    )


def _is_crypto(row: Mapping[str, Any]) -> bool:
    return str(row.get("symbolType", "")).lower() not in _NOT_CRYPTO


def _instrument(row: Mapping[str, Any], spots: Mapping[str, Mapping[str, Any]]) -> Instrument:
    base, multiplier = underlying(row["baseCoin"], spots)
    spot = spots.get(base)
    dead, delivery_ms = row["status"] in _DEAD, stamp(row.get("deliveryTime"))
    perp_lots = _perp_lots(row["lotSizeFilter"])
    pair = Pair(
        symbol=f"{row['baseCoin']}/{QUOTE}:{QUOTE}",
        spot=f"{base}/{QUOTE}" if spot else None,
        multiplier=multiplier,
        perp_lots=perp_lots,
        spot_lots=_spot_lots(spot["lotSizeFilter"]) if spot else perp_lots,  # never used: there is nothing to buy
        first_seen_ms=stamp(row.get("launchTime")),
        gone_ms=delivery_ms if dead else None,
    )
    minutes = number(row.get("fundingInterval"))
    listed = Listed(
        pair=pair,
        trading=row["status"] == "Trading",
        interval_ms=int(minutes) * MINUTE if minutes else None,
        leaves_ms=None if dead else delivery_ms,
        funding_cap=number(row.get("upperFundingRate")),
        ending=row["status"] in _ENDING,
    )
    return Instrument(
        listed, row["symbol"], spot["symbol"] if spot else None, _tick(row), _tick(spot) if spot else None
    )


def _tick(row: Mapping[str, Any]) -> Decimal | None:
    """The step of a market's prices."""
    return number(row.get("priceFilter", {}).get("tickSize"))


def _perp_lots(rule: Mapping[str, Any]) -> LotRule:
    return LotRule(_step(rule["qtyStep"]), _least(rule["minOrderQty"]), _least(rule.get("minNotionalValue")))


def _spot_lots(rule: Mapping[str, Any]) -> LotRule:
    return LotRule(_step(rule["basePrecision"]), _least(rule.get("minOrderQty")), _least(rule.get("minOrderAmt")))


def _least(value: object) -> Decimal:
    least = number(value) or ZERO
    if least < 0:
        raise ValueError(f"a minimum must not be negative, got {value!r}")
    return least


def _step(value: object) -> Decimal:
    step = number(value)
    if not step or step < 0:
        raise ValueError(f"a lot step must be above 0, got {value!r}")
    return step
