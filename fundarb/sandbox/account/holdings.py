"""The position paths: the list, leverage, added margin, position mode."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from fundarb.domain.money import ONE, ZERO, parse, quotient12
from fundarb.sandbox.account.codes import bad_parameter, refusal
from fundarb.sandbox.account.desk import Desk
from fundarb.sandbox.account.margin import (
    bust_price,
    initial_margin,
    liquidation_price,
    maintenance_margin,
    unrealised,
)
from fundarb.sandbox.account.pages import page_of
from fundarb.sandbox.account.records import SETTLE_COIN, Position
from fundarb.sandbox.account.rows import text
from fundarb.sandbox.account.wallet import available
from fundarb.sandbox.envelope import Request
from fundarb.sandbox.market.source import Instrument
from fundarb.sandbox.public.asking import required
from fundarb.sandbox.public.catalogue import category_of

MODES = {"0": False, "3": True}


class Holdings:
    """Answers about one desk's positions."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def positions(self, request: Request) -> Mapping[str, Any]:
        """`/v5/position/list`: a symbol's rows even when flat, or all of a settle coin that are not."""
        category_of(request.params, ("linear",))
        symbol, settle = request.params.get("symbol"), request.params.get("settleCoin")
        if symbol:
            wanted = list(self._of_symbol(self._contract(str(symbol))))
        elif settle:
            wanted = self._desk.open_positions() if settle == SETTLE_COIN else []
        else:
            raise bad_parameter("symbol or settleCoin is required")
        numbered = list(zip(range(len(wanted), 0, -1), wanted, strict=True))
        page, cursor = page_of(request.params, numbered, lambda each: each[0], 20, 200)
        rows = [self._row(position) for _, position in page]
        return {"list": rows, "nextPageCursor": cursor if len(page) < len(wanted) else "", "category": "linear"}

    def set_leverage(self, request: Request) -> Mapping[str, Any]:
        """`/v5/position/set-leverage`: one number for both sides; a repetition is refused."""
        category_of(request.params, ("linear",))
        contract = self._contract(required(request.params, "symbol"))
        buy, sell = (_number(request.params, each) for each in ("buyLeverage", "sellLeverage"))
        if buy != sell:
            raise bad_parameter("buyLeverage and sellLeverage must be equal")
        if buy < 1 or (contract.max_leverage and buy > contract.max_leverage):
            raise refusal(110013)
        if buy == self._desk.leverage(contract.symbol):
            raise refusal(110043)
        self._post_margin(contract.symbol, buy)
        self._desk.state.leverages[contract.symbol] = buy
        return {}

    def add_margin(self, request: Request) -> Mapping[str, Any]:
        """`/v5/position/add-margin`: more of what is free for an isolated position, or (below 0) back what was added."""
        category_of(request.params, ("linear",))
        contract, amount = self._contract(required(request.params, "symbol")), _number(request.params, "margin")
        idx = int(request.params.get("positionIdx", 0))
        position = self._desk.state.positions.get(f"{contract.symbol}:{idx}")
        if position is None or not position.size or self._desk.state.margin_mode != "ISOLATED_MARGIN":
            raise bad_parameter("there is no isolated position to change the margin of")
        if amount > available(self._desk, SETTLE_COIN) or position.extra + amount < min(position.extra, ZERO):
            raise refusal(110012)
        position.extra += amount
        if self._would_liquidate([position], self._desk.taker(contract.symbol)):
            position.extra -= amount
            raise refusal(110012)
        position.changed_ms = self._desk.state.now_ms
        return self._row(position) | {"category": "linear"}

    def switch_mode(self, request: Request) -> Mapping[str, Any]:
        """`/v5/position/switch-mode` of a symbol or a coin: 0 one-way, 3 both sides."""
        category_of(request.params, ("linear",))
        mode = str(request.params.get("mode"))
        if mode not in MODES:
            raise bad_parameter("mode invalid")
        symbol = request.params.get("symbol")
        if symbol:
            self._switch(self._contract(str(symbol)).symbol, MODES[mode])
        elif request.params.get("coin") == SETTLE_COIN:
            self._switch_all(MODES[mode])
        else:
            raise bad_parameter("symbol or coin is required")
        return {}

    def _contract(self, symbol: str) -> Instrument:
        found = self._desk.find("linear", symbol)
        if found is None or found.announced_ms > self._desk.state.now_ms:
            raise refusal(10001, "Not supported symbols")
        return found

    def _of_symbol(self, contract: Instrument) -> Iterator[Position]:
        for idx in (1, 2) if self._desk.hedged(contract.symbol) else (0,):
            known = self._desk.state.positions.get(f"{contract.symbol}:{idx}")
            leverage = self._desk.leverage(contract.symbol)
            yield known or Position(contract.symbol, idx, ZERO, ZERO, leverage, ZERO, created_ms=0, changed_ms=0)

    def _post_margin(self, symbol: str, leverage: Decimal) -> None:
        """Open positions post what the new leverage asks for, or the change is refused."""
        taker, at_ms = self._desk.taker(symbol), self._desk.state.now_ms
        positions = [each for each in self._desk.open_positions() if each.symbol == symbol]
        before, had = available(self._desk, SETTLE_COIN), [each.leverage for each in positions]
        for position in positions:
            position.leverage = leverage
        if available(self._desk, SETTLE_COIN) < min(before, ZERO) or self._would_liquidate(positions, taker):
            for position, old in zip(positions, had, strict=True):
                position.leverage = old
            raise refusal(110012)
        for position in positions:
            position.changed_ms = at_ms

    def _would_liquidate(self, positions: list[Position], taker: Decimal) -> bool:
        for each in positions:
            price = liquidation_price(each, taker, self._desk.maintenance(each.symbol))
            mark = self._desk.mark(each.symbol, self._desk.state.now_ms)
            if mark >= price if each.size < 0 else mark <= price:
                return True
        return False

    def _switch(self, symbol: str, hedged: bool) -> None:
        if hedged == self._desk.hedged(symbol):
            raise refusal(110025)
        if any(each.symbol == symbol for each in self._desk.open_positions()):
            raise refusal(110024)
        if any(each.symbol == symbol and each.category == "linear" for each in self._desk.live_orders()):
            raise refusal(110028)
        self._desk.state.hedged[symbol] = hedged

    def _switch_all(self, hedged: bool) -> None:
        """Every contract without position or order, and those to come; the others keep the mode they have."""
        busy = {each.symbol for each in self._desk.open_positions()}
        busy |= {each.symbol for each in self._desk.live_orders() if each.category == "linear"}
        self._desk.state.hedged = {symbol: self._desk.hedged(symbol) for symbol in sorted(busy)}
        self._desk.state.hedged_by_default = hedged

    def _row(self, position: Position) -> dict[str, Any]:
        mark = self._desk.mark(position.symbol, self._desk.state.now_ms)
        return _common(position, mark) | (self._sized(position, mark) if position.size else FLAT)

    def _sized(self, position: Position, mark: Decimal) -> dict[str, str]:
        taker, maintenance = self._desk.taker(position.symbol), self._desk.maintenance(position.symbol)
        isolated = self._desk.state.margin_mode == "ISOLATED_MARGIN"
        posted = initial_margin(position, taker)
        kept = maintenance_margin(position, mark, taker, maintenance)
        return {
            "side": "Buy" if position.size > 0 else "Sell", "avgPrice": text(position.average),
            "positionValue": text(abs(position.size) * position.average),
            "breakEvenPrice": text(_break_even(position, taker)),
            "positionBalance": text(posted + position.extra) if isolated else "",
            "liqPrice": text(liquidation_price(position, taker, maintenance)) if isolated else "",
            "bustPrice": text(bust_price(position, taker)) if isolated else "", "positionIM": text(posted),
            "positionMM": text(kept), "positionIMByMp": text(posted), "positionMMByMp": text(kept),
            "unrealisedPnl": text(unrealised(position, mark)),
        }  # fmt: skip


FLAT = {
    "side": "", "avgPrice": "0", "positionValue": "", "breakEvenPrice": "", "positionBalance": "", "liqPrice": "",
    "bustPrice": "", "positionIM": "", "positionMM": "", "positionIMByMp": "", "positionMMByMp": "",
    "unrealisedPnl": "",
}  # fmt: skip


def _common(position: Position, mark: Decimal) -> dict[str, Any]:
    return {
        "positionIdx": position.idx, "riskId": 1, "riskLimitValue": "2000000", "symbol": position.symbol,
        "size": text(abs(position.size)), "tradeMode": 0, "positionStatus": "Normal", "autoAddMargin": 0,
        "adlRankIndicator": 2 if position.size else 0, "leverage": text(position.leverage), "markPrice": text(mark),
        "takeProfit": "", "stopLoss": "", "trailingStop": "0", "tpslMode": "Full", "sessionAvgPrice": "",
        "curRealisedPnl": text(position.current_pnl), "cumRealisedPnl": text(position.total_pnl),
        "seq": position.seq, "isReduceOnly": False, "mmrSysUpdatedTime": "", "leverageSysUpdatedTime": "",
        "createdTime": str(position.created_ms), "updatedTime": str(position.changed_ms),
    }  # fmt: skip


def _break_even(position: Position, taker: Decimal) -> Decimal:
    """The price at which closing with a taker fee leaves nothing won or lost."""
    direction = ONE if position.size > 0 else -ONE
    size = abs(position.size)
    earned = position.average * size - direction * position.current_pnl
    return quotient12(earned, size * (ONE - direction * taker))


def _number(params: Mapping[str, Any], name: str) -> Decimal:
    try:
        return parse(required(params, name))
    except ValueError as error:
        raise bad_parameter(f"{name} invalid") from error
