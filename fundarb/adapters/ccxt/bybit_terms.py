"""The terms an account trades on at Bybit: margin mode, position mode, leverage, fees, and what the key may do.

What became of a setting is seen by reading it back, so that its reply may be lost."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from fundarb.adapters.ccxt.bybit_account import rights_of
from fundarb.adapters.ccxt.bybit_asking import BybitAsking, Call, Row
from fundarb.adapters.ccxt.bybit_rows import rows_of
from fundarb.adapters.ccxt.digits import digits, whole
from fundarb.adapters.ccxt.verdicts import ordering
from fundarb.domain.money import canonical
from fundarb.domain.orders import Leg
from fundarb.errors import OrderUnknown, VenueRefused
from fundarb.ports.trading import AccountModes, KeyRights, TakerFees

_ISOLATED, _ONE_WAY = "ISOLATED_MARGIN", 0


class BybitTerms:
    """Sets and tells the terms."""

    def __init__(self, asking: BybitAsking) -> None:
        self._asking, self._exchange = asking, asking.exchange

    async def prepare(self, pair: str, leverage: Decimal) -> None:
        """Each setting only where it is not so already: a repetition is refused, and some are while positions stand."""
        if await self._margin_mode() != _ISOLATED:
            call = self._exchange.privatePostV5AccountSetMarginMode
            said = await _set("margin mode", call, {"setMarginMode": _ISOLATED})
            _require("margin mode", {await self._margin_mode()}, _ISOLATED, said)
        query = await self._asking.query(pair, Leg.PERP)
        modes, leverages = await self._contract(query)
        if modes != {_ONE_WAY}:
            call = self._exchange.privatePostV5PositionSwitchMode
            said = await _set("position mode", call, {**query, "mode": _ONE_WAY})
            modes, leverages = await self._contract(query)
            _require(f"position mode of {pair}", modes, _ONE_WAY, said)
        if leverages != {leverage}:
            text = canonical(leverage)
            call, asked = self._exchange.privatePostV5PositionSetLeverage, {"buyLeverage": text, "sellLeverage": text}
            said = await _set(f"leverage of {pair}", call, {**query, **asked})
            _, leverages = await self._contract(query)
            _require(f"leverage of {pair}", leverages, leverage, said)

    async def add_margin(self, pair: str, amount: Decimal) -> None:
        """Asked once, whatever the reply."""
        asked = {**await self._asking.query(pair, Leg.PERP), "margin": canonical(amount), "positionIdx": _ONE_WAY}
        with ordering(f"margin of {pair}"):
            await self._exchange.privatePostV5PositionAddMargin(asked)

    async def modes(self, pair: str) -> AccountModes:
        """As they are; the least leverage where the sides of hedge mode differ."""
        modes, leverages = await self._contract(await self._asking.query(pair, Leg.PERP))
        return AccountModes(await self._margin_mode() == _ISOLATED, modes == {_ONE_WAY}, min(leverages))

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


async def _set(what: str, call: Call, asked: Row) -> str:
    """Ask for a setting once; a refusal counts, a lost reply does not. What was said of it, for a message."""
    try:
        with ordering(what):
            await call(asked)
    except OrderUnknown as doubt:
        return str(doubt)
    return "the venue said it was done"


def _require(what: str, now: Collection[object], wanted: object, said: str) -> None:
    if set(now) != {wanted}:
        found = " and ".join(sorted(map(str, now)))
        raise VenueRefused(
            f"{what} is {found} where {wanted} was asked for ({said}); set it at the venue, then start again"
        )
