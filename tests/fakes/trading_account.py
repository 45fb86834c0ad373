"""An account in memory: coins, shorts and longs, and a record of everything that changed them. It knows no faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from fundarb.domain.instrument import Pair
from fundarb.domain.money import ZERO, quotient12
from fundarb.domain.orders import Leg, Order, Side
from fundarb.ports.trading import Cause, Execution, Flow, FlowKind, TakerFees

CASH = "USDT"
ONE = Decimal(1)


@dataclass(slots=True)
class Contract:
    """A perp held: signed size, and what it was opened for, exactly."""

    qty: Decimal = ZERO
    cost: Decimal = ZERO
    added: Decimal = ZERO  # margin beside the initial one; its share leaves with what is closed

    @property
    def average(self) -> Decimal:
        """Per unit."""
        return quotient12(self.cost, abs(self.qty)) if self.qty else ZERO

    def trade(self, signed: Decimal, price: Decimal) -> Decimal:
        """Grow or shrink; what shrinking won."""
        if not self.qty or (self.qty > 0) == (signed > 0):
            self.qty, self.cost = self.qty + signed, self.cost + abs(signed) * price
            return ZERO
        closing = min(abs(signed), abs(self.qty))
        released = self.cost if closing == abs(self.qty) else self.average * closing
        direction = 1 if self.qty > 0 else -1
        self.added = quotient12(self.added * (abs(self.qty) - closing), abs(self.qty))
        self.qty, self.cost = self.qty - direction * closing, self.cost - released
        won = direction * (closing * price - released)
        rest = abs(signed) - closing
        return won + self.trade(rest if signed > 0 else -rest, price) if rest else won


@dataclass
class MemoryAccount:
    """What a customer has, and how it came about."""

    now_ms: Callable[[], int]
    fees: TakerFees = field(default_factory=lambda: TakerFees(Decimal("0.001"), Decimal("0.00055")))
    coins: dict[str, Decimal] = field(default_factory=lambda: {CASH: Decimal(10_000)})
    contracts: dict[str, Contract] = field(default_factory=dict)
    executions: list[Execution] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)

    def trade(self, pair: Pair, order: Order, qty: Decimal, price: Decimal) -> None:
        """Execute a part of an order."""
        if order.leg is Leg.SPOT:
            self._spot(pair, order, qty, price)
        else:
            self._contract(pair, order.side, qty, price, self.fees.perp, Cause.TRADE, order.client_id)

    def close(self, pair: Pair, qty: Decimal, price: Decimal, cause: Cause) -> None:
        """The venue takes a part of a position away."""
        side = Side.BUY if self.contracts[pair.symbol].qty < 0 else Side.SELL
        self._contract(pair, side, qty, price, ZERO, cause, None)

    def settle(self, pair: Pair, mark: Decimal, rate: Decimal) -> None:
        """Funding of an open position."""
        held = self.contracts.get(pair.symbol, Contract()).qty
        if held:
            paid = held * mark * rate
            side = Side.BUY if held > 0 else Side.SELL
            self._executed(
                pair.symbol, Leg.PERP, side, abs(held), mark, paid, CASH, Cause.FUNDING, None, mark=mark, rate=rate
            )
            self.change(CASH, -paid, FlowKind.BOOKED, "SETTLEMENT")

    def change(self, coin: str, amount: Decimal, kind: FlowKind, words: str) -> None:
        """A line of the log."""
        self.coins[coin] = self.coins.get(coin, ZERO) + amount
        caused = self.executions[-1] if kind is FlowKind.BOOKED else None
        market, execution_id = (None, None) if caused is None else (caused.market, caused.execution_id)
        flow_id = f"flow-{len(self.flows) + 1}"
        self.flows.append(Flow(flow_id, kind, coin, amount, self.now_ms(), words, market, execution_id))

    def _spot(self, pair: Pair, order: Order, qty: Decimal, price: Decimal) -> None:
        market = pair.spot or ""
        base, sign = market.partition("/")[0], 1 if order.side is Side.BUY else -1
        coin, fee = (base, qty * self.fees.spot) if sign > 0 else (CASH, qty * price * self.fees.spot)
        self._executed(market, Leg.SPOT, order.side, qty, price, fee, coin, Cause.TRADE, order.client_id)
        self.change(base, sign * qty - (fee if coin == base else ZERO), FlowKind.BOOKED, "TRADE")
        self.change(CASH, -sign * qty * price - (fee if coin == CASH else ZERO), FlowKind.BOOKED, "TRADE")

    def _contract(
        self, pair: Pair, side: Side, qty: Decimal, price: Decimal, rate: Decimal, cause: Cause, client_id: str | None
    ) -> None:
        fee = qty * price * rate
        won = self.contracts.setdefault(pair.symbol, Contract()).trade(qty if side is Side.BUY else -qty, price)
        self._executed(pair.symbol, Leg.PERP, side, qty, price, fee, CASH, cause, client_id, mark=price)
        self.change(CASH, won - fee, FlowKind.BOOKED, str(cause))

    def _executed(
        self,
        market: str,
        leg: Leg,
        side: Side,
        qty: Decimal,
        price: Decimal,
        fee: Decimal,
        coin: str,
        cause: Cause,
        client_id: str | None,
        mark: Decimal | None = None,
        rate: Decimal | None = None,
    ) -> None:
        name = f"execution-{len(self.executions) + 1}"
        self.executions.append(
            Execution(name, cause, market, leg, side, qty, price, fee, coin, self.now_ms(), client_id, mark, rate)
        )
