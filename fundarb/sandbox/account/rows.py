"""Orders, executions, log lines and transfers as the venue writes them: text for numbers, "" for what is absent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from fundarb.domain.money import canonical, quotient12
from fundarb.sandbox.account.records import Entry, Execution, Order, Transfer


def text(value: Decimal | None) -> str:
    """Plain digits, or "" for what is absent."""
    return "" if value is None else canonical(value)


def order_row(order: Order) -> dict[str, Any]:
    """An order of `/v5/order/realtime` and `history`."""
    linear = order.category == "linear"
    shown = order.kind == "Limit" or linear  # what a spot market order is protected by, the venue keeps to itself
    average = quotient12(order.value, order.filled) if order.filled else None
    row = {
        "orderId": order.order_id, "orderLinkId": order.link_id, "blockTradeId": "", "symbol": order.symbol,
        "category": order.category, "side": order.side, "orderType": order.kind, "qty": text(order.qty),
        "price": text(order.price) if shown else "", "isLeverage": "" if linear else "0",
        "positionIdx": order.position_idx, "orderStatus": order.status, "cancelType": order.cancel_type,
        "rejectReason": order.reject_reason, "avgPrice": text(average), "leavesQty": text(order.left),
        "leavesValue": text(order.left if order.unit == "quoteCoin" else order.left * order.price),
        "cumExecQty": text(order.filled), "cumExecValue": text(order.value),
        "cumExecFee": text(sum(order.fees.values(), Decimal(0))),
        "cumFeeDetail": {coin: text(fee) for coin, fee in order.fees.items()},
        "timeInForce": order.time_in_force, "marketUnit": order.unit, "reduceOnly": order.reduce_only,
        "closeOnTrigger": False, "stopOrderType": "", "orderIv": "", "triggerPrice": "", "takeProfit": "",
        "stopLoss": "", "tpTriggerBy": "", "slTriggerBy": "", "triggerDirection": 0, "triggerBy": "",
        "lastPriceOnCreated": text(order.last_price), "smpType": "None", "smpGroup": 0, "smpOrderId": "",
        "tpLimitPrice": "", "slLimitPrice": "", "placeType": "", "slippageToleranceType": "UNKNOWN",
        "slippageTolerance": "", "extraFees": "", "createdTime": str(order.created_ms),
        "updatedTime": str(order.updated_ms),
    }  # fmt: skip
    return row | {"tpslMode": "", "createType": "CreateByUser"} if linear else row


def execution_row(execution: Execution) -> dict[str, Any]:
    """An execution of `/v5/execution/list`; a cost is positive, an income negative."""
    linear = execution.category == "linear"
    row = {
        "symbol": execution.symbol, "orderId": execution.order_id, "orderLinkId": execution.link_id,
        "side": execution.side, "orderPrice": text(execution.order_price), "orderQty": text(execution.order_qty),
        "leavesQty": text(execution.leaves), "orderType": execution.order_kind, "stopOrderType": "UNKNOWN" if linear else "",
        "execFee": text(execution.fee), "execId": execution.exec_id, "execPrice": text(execution.price),
        "execQty": text(execution.qty), "execType": execution.exec_type, "execValue": text(execution.value),
        "execTime": str(execution.time_ms), "feeCurrency": execution.fee_coin if not linear else "",
        "isMaker": execution.maker, "feeRate": text(execution.fee_rate), "tradeIv": "", "markIv": "",
        "markPrice": text(execution.mark), "indexPrice": "", "underlyingPrice": "", "blockTradeId": "",
        "closedSize": text(execution.closed) if linear else "", "execPnl": text(execution.pnl), "marketUnit": "",
        "extraFees": "", "seq": execution.seq,
    }  # fmt: skip
    return row | {"createType": execution.create_type} if linear else row


def entry_row(entry: Entry, user_id: int) -> dict[str, Any]:
    """A line of `/v5/account/transaction-log`; what came in is positive, a fee paid is positive."""
    return {
        "id": f"{user_id}_{entry.symbol or entry.coin}_{entry.number}", "symbol": entry.symbol,
        "category": entry.category, "side": entry.side, "transactionTime": str(entry.time_ms), "type": entry.kind,
        "transSubType": "", "qty": text(entry.qty), "size": text(entry.size), "currency": entry.coin,
        "tradePrice": text(entry.price), "funding": text(entry.funding), "fee": text(entry.fee),
        "cashFlow": text(entry.cash), "change": text(entry.change), "cashBalance": text(entry.balance),
        "feeRate": text(entry.fee_rate), "bonusChange": "", "tradeId": entry.trade_id, "orderId": entry.order_id,
        "orderLinkId": entry.link_id, "extraFees": "",
    }  # fmt: skip


def transfer_row(transfer: Transfer) -> dict[str, str]:
    """A transfer of `/v5/asset/transfer/query-inter-transfer-list`."""
    return {
        "transferId": transfer.transfer_id, "coin": transfer.coin, "amount": text(transfer.amount),
        "fromAccountType": transfer.source, "toAccountType": transfer.target, "timestamp": str(transfer.time_ms),
        "status": "SUCCESS",
    }  # fmt: skip
