"""The account paths: wallet, transaction log, fee rates, margin mode, who the key is."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from fundarb.domain.money import ZERO, quotient12
from fundarb.sandbox.account.codes import bad_parameter, refusal
from fundarb.sandbox.account.desk import Desk
from fundarb.sandbox.account.margin import initial_margin, maintenance_margin, unrealised
from fundarb.sandbox.account.pages import page_of, window_of
from fundarb.sandbox.account.records import SETTLE_COIN, Entry
from fundarb.sandbox.account.rows import entry_row, text
from fundarb.sandbox.account.wallet import balance, locked, orders_margin
from fundarb.sandbox.envelope import Request
from fundarb.sandbox.market.source import DAY
from fundarb.sandbox.public.asking import required
from fundarb.sandbox.public.catalogue import category_of

UNIFIED = 6  # unifiedMarginStatus of a unified account 2.0 pro


class Accounting:
    """Answers about one desk's money."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def wallet(self, request: Request) -> Mapping[str, Any]:
        """`/v5/account/wallet-balance` of the unified account: coins that are not zero, or those asked for."""
        if required(request.params, "accountType") != "UNIFIED":
            raise refusal(10001, "accountType only support UNIFIED.")
        named = [each for each in str(request.params.get("coin") or "").split(",") if each]
        held = [coin for coin in sorted(self._desk.state.trading) if balance(self._desk, coin)]
        coins = [self._coin(each) for each in (named or held)]
        return {"list": [self._totals(held) | {"coin": coins}]}

    def log(self, request: Request) -> Mapping[str, Any]:
        """`/v5/account/transaction-log`: a day unless asked otherwise."""
        params = request.params
        if params.get("accountType") not in (None, "", "UNIFIED"):
            raise refusal(10001, "accountType only support UNIFIED.")
        first_ms, last_ms = window_of(params, self._desk.state.now_ms, DAY)
        rows = (
            each
            for each in reversed(self._desk.state.log)
            if first_ms <= each.time_ms <= last_ms and self._wanted(each, params)
        )
        page, cursor = page_of(params, rows, lambda each: each.number, 20, 50)
        return {"nextPageCursor": cursor, "list": [entry_row(each, self._desk.settings.user_id) for each in page]}

    def fee_rates(self, request: Request) -> Mapping[str, Any]:
        """`/v5/account/fee-rate` of a category, one symbol or all that trade."""
        category = category_of(request.params)
        symbol, base = request.params.get("symbol"), request.params.get("baseCoin")
        trading = [
            each.symbol
            for each in self._desk.market.instruments()
            if each.category == category and self._desk.trades(each, self._desk.state.now_ms)
            and symbol in (None, "", each.symbol) and base in (None, "", each.base)
        ]  # fmt: skip
        if symbol and not trading:
            raise refusal(10001, "symbol invalid")
        rates = {each: self._desk.fees(category, each) for each in sorted(trading)}
        rows = [{"symbol": s, "takerFeeRate": text(r.taker), "makerFeeRate": text(r.maker)} for s, r in rates.items()]
        return {"list": rows}

    def set_margin_mode(self, request: Request) -> Mapping[str, Any]:
        """`/v5/account/set-margin-mode`: account-wide; refused while it would put positions or orders at risk."""
        mode = required(request.params, "setMarginMode")
        if mode == "PORTFOLIO_MARGIN":
            raise refusal(3400045)
        if mode not in ("ISOLATED_MARGIN", "REGULAR_MARGIN"):
            raise bad_parameter("setMarginMode invalid")
        state = self._desk.state
        if mode != state.margin_mode:
            if self._desk.open_positions() or self._desk.live_orders():
                raise refusal(3400045)
            state.margin_mode, state.margin_changed_ms = mode, state.now_ms
        return {"reasons": []}

    def info(self, _request: Request) -> Mapping[str, Any]:
        """`/v5/account/info`."""
        return {
            "marginMode": self._desk.state.margin_mode, "unifiedMarginStatus": UNIFIED, "isMasterTrader": False,
            "spotHedgingStatus": "OFF", "dcpStatus": "OFF", "timeWindow": 0, "smpGroup": 0,
            "updatedTime": str(self._desk.state.margin_changed_ms),
        }  # fmt: skip

    def key(self, _request: Request) -> Mapping[str, Any]:
        """`/v5/user/query-api`: the key's owner and what it may do."""
        permissions = {
            "ContractTrade": ["Order", "Position"], "Spot": ["SpotTrade"],
            "Wallet": [] if self._desk.settings.trade_only else ["AccountTransfer"],
        }  # fmt: skip
        return {
            "id": "1", "note": "sandbox", "readOnly": int(self._desk.settings.read_only), "permissions": permissions,
            "ips": ["*"], "type": 1,
            "unified": 0, "uta": 1, "userID": self._desk.settings.user_id, "isMaster": True, "vipLevel": "No VIP",
        }  # fmt: skip

    def coins(self, _request: Request) -> Mapping[str, Any]:
        """`/v5/asset/coin/query-info`: refused to a key that may only trade."""
        if self._desk.settings.trade_only:
            raise refusal(10005)
        every = self._desk.market.instruments()
        names = sorted({each.base for each in every if each.category == "spot"} | {SETTLE_COIN})
        return {"rows": [{"name": each, "coin": each, "remainAmount": "150", "chains": []} for each in names]}

    def _wanted(self, entry: Entry, params: Mapping[str, Any]) -> bool:
        asked = {"category": entry.category, "currency": entry.coin, "type": entry.kind}
        if any(params.get(name) not in (None, "", value) for name, value in asked.items()):
            return False
        base = params.get("baseCoin")
        if not base:
            return True
        found = self._desk.find("spot" if entry.category == "spot" else "linear", entry.symbol)
        return found is not None and found.base == base

    def _totals(self, coins: list[str]) -> dict[str, str]:
        """The account in USD; what margin it has as a whole is told in regular margin only."""
        at_ms = self._desk.state.now_ms
        worth = {each: self._desk.worth(each, at_ms) or ZERO for each in coins}
        wallet = sum((balance(self._desk, each) * worth[each] for each in coins), ZERO)
        profit, posted, kept = self._contracts()
        equity, initial = wallet + profit, posted + orders_margin(self._desk)
        shown = {
            "accountType": "UNIFIED", "accountLTV": "", "totalEquity": text(equity),
            "totalWalletBalance": text(wallet), "totalPerpUPL": text(profit), "accountIMRate": "",
            "accountMMRate": "", "totalMarginBalance": "", "totalAvailableBalance": "", "totalInitialMargin": "",
            "totalMaintenanceMargin": "",
        }  # fmt: skip
        if self._desk.state.margin_mode == "ISOLATED_MARGIN":
            return shown
        return shown | {
            "accountIMRate": _rate(initial, equity), "accountMMRate": _rate(kept, equity),
            "totalMarginBalance": text(equity), "totalAvailableBalance": text(max(equity - initial, ZERO)),
            "totalInitialMargin": text(initial), "totalMaintenanceMargin": text(kept),
        }  # fmt: skip

    def _contracts(self) -> tuple[Decimal, Decimal, Decimal]:
        """Unrealised profit, posted and maintenance margin of all positions."""
        profit = posted = kept = ZERO
        for each in self._desk.open_positions():
            taker, mark = self._desk.taker(each.symbol), self._desk.mark(each.symbol, self._desk.state.now_ms)
            profit += unrealised(each, mark)
            posted += initial_margin(each, taker) + each.extra
            kept += maintenance_margin(each, mark, taker, self._desk.maintenance(each.symbol))
        return profit, posted, kept

    def _coin(self, coin: str) -> dict[str, Any]:
        settles = coin == SETTLE_COIN
        profit, posted, kept = self._contracts() if settles else (ZERO, ZERO, ZERO)
        held = balance(self._desk, coin)
        realised = sum((each.total_pnl for each in self._desk.state.positions.values()), ZERO) if settles else ZERO
        worth = self._desk.worth(coin, self._desk.state.now_ms)
        return {
            "coin": coin, "equity": text(held + profit), "walletBalance": text(held),
            "usdValue": text((held + profit) * (worth or ZERO)), "locked": text(locked(self._desk, coin)),
            "totalOrderIM": text(orders_margin(self._desk) if settles else ZERO), "totalPositionIM": text(posted),
            "totalPositionMM": text(kept), "borrowAmount": text(max(-held, ZERO)), "spotBorrow": text(max(-held, ZERO)),
            "accruedInterest": "0", "unrealisedPnl": text(profit), "cumRealisedPnl": text(realised), "bonus": "0",
            "marginCollateral": True, "collateralSwitch": True, "availableToWithdraw": "", "availableToBorrow": "",
            "spotHedgingQty": "0",
        }  # fmt: skip


def _rate(margin: Decimal, equity: Decimal) -> str:
    return text(quotient12(margin, equity)) if equity > 0 else ""
