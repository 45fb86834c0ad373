"""The terms an account trades on at Bybit: margin mode, position mode, leverage, fees, and what the key may do.

What became of a setting is seen by reading it back, so that its reply may be lost."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

from fundarb.adapters.ccxt.bybit_account import rights_of
from fundarb.adapters.ccxt.bybit_asking import BybitAsking, Call, Row
from fundarb.adapters.ccxt.bybit_rows import rows_of
from fundarb.adapters.ccxt.digits import digits, whole
from fundarb.adapters.ccxt.verdicts import ordering
from fundarb.domain.money import canonical
from fundarb.domain.orders import Leg
from fundarb.errors import OrderUnknown, VenueRefused
from fundarb.ports.trading import KeyRights, TakerFees

_ISOLATED, _ONE_WAY = "ISOLATED_MARGIN", 0


class BybitTerms:
    """Sets and tells the terms."""

    def __init__(self, asking: BybitAsking) -> None:
        self._asking, self._exchange = asking, asking.exchange

    async def prepare(self, pair: str, leverage: Decimal) -> None:
        """Each setting only where it is not so already: a repetition is refused, and some are while positions stand."""
        if await self._margin_mode() != _ISOLATED:
            await _set("margin mode", self._exchange.privatePostV5AccountSetMarginMode, {"setMarginMode": _ISOLATED})
            _require("margin mode", await self._margin_mode(), _ISOLATED)
        query = await self._asking.query(pair, Leg.PERP)
        modes, leverages = await self._contract(query)
        if modes != {_ONE_WAY}:
            await _set("position mode", self._exchange.privatePostV5PositionSwitchMode, {**query, "mode": _ONE_WAY})
            modes, leverages = await self._contract(query)
            _require(f"position mode of {pair}", modes, {_ONE_WAY})
        if leverages != {leverage}:
            text = canonical(leverage)
            asked = {**query, "buyLeverage": text, "sellLeverage": text}
            await _set(f"leverage of {pair}", self._exchange.privatePostV5PositionSetLeverage, asked)
            _, leverages = await self._contract(query)
            _require(f"leverage of {pair}", leverages, {leverage})

    async def fees(self, pair: str) -> TakerFees:
        """Taker rates of both legs."""
        return TakerFees(await self._fee(pair, Leg.SPOT), await self._fee(pair, Leg.PERP))

    async def rights(self) -> KeyRights:
        """What the venue says of the key."""
        call = self._exchange.privateGetV5UserQueryApi
        return await self._asking.one("key", call, {}, lambda reply: rights_of(reply["result"]))

    async def _margin_mode(self) -> str:
        call = self._exchange.privateGetV5AccountInfo
        return await self._asking.one("margin mode", call, {}, lambda reply: str(reply["result"]["marginMode"]))

    async def _contract(self, query: Row) -> tuple[set[int], set[Decimal]]:
        """Sides and leverages of the position rows of one contract; a flat one has them too."""

        def terms(reply: Row) -> tuple[set[int], set[Decimal]]:
            listed = rows_of(reply)
            if not listed or any(row["symbol"] != query["symbol"] for row in listed):
                raise ValueError(f"asked about {query['symbol']}, answered about something else")
            return {whole(row["positionIdx"]) for row in listed}, {Decimal(digits(row["leverage"])) for row in listed}

        return await self._asking.one("position", self._exchange.privateGetV5PositionList, query, terms)

    async def _fee(self, pair: str, leg: Leg) -> Decimal:
        def rate(reply: Row) -> Decimal:
            (row,) = rows_of(reply)
            return Decimal(digits(row["takerFeeRate"]))

        query = await self._asking.query(pair, leg)
        return await self._asking.one(f"{leg} fee of {pair}", self._exchange.privateGetV5AccountFeeRate, query, rate)


async def _set(what: str, call: Call, asked: Row) -> None:
    """Ask for a setting once; a refusal counts, a lost reply does not."""
    with suppress(OrderUnknown), ordering(what):
        await call(asked)


def _require(what: str, now: object, wanted: object) -> None:
    if now != wanted:
        raise VenueRefused(f"{what} is {now} where {wanted} was asked for; set it at the venue, then start again")
