"""One customer of the exchange: his orders, positions and money, brought up to now before each answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from fundarb.sandbox.account.controls import Control, Controls
from fundarb.sandbox.account.desk import Desk
from fundarb.sandbox.account.records import Knobs
from fundarb.sandbox.account.settings import AccountSettings
from fundarb.sandbox.account.state import State, decoded, encoded
from fundarb.sandbox.account.timeline import advance
from fundarb.sandbox.account.wallet import post
from fundarb.sandbox.clock import VenueClock
from fundarb.sandbox.market.source import MarketSource

WALL_TIMES = ("taken_up_wall_ms", "hidden_until_wall_ms", "cancel_wall_ms")


class Account:
    """The private side of the exchange; it knows nothing of HTTP."""

    def __init__(
        self,
        market: MarketSource,
        clock: VenueClock,
        settings: AccountSettings | None = None,
        state: State | None = None,
    ) -> None:
        chosen = settings or AccountSettings()
        self.desk = Desk(state or _fresh(clock, chosen), market, clock, chosen)
        self.happened = 0  # of itself, since this process began
        self._written: dict[str, list[Any]] = {"executions": [], "log": []}  # lines never change: written once
        if state is None:
            for coin, amount in chosen.balances.items():
                post(self.desk, "TRANSFER_IN", coin, clock.now_ms(), amount, qty=amount)

    @classmethod
    def load(
        cls, dumped: Mapping[str, Any], market: MarketSource, clock: VenueClock, settings: AccountSettings | None = None
    ) -> Account:
        """The account that was dumped; delays of the wall go on from here."""
        orders = {order_id: dict(order) for order_id, order in dumped["orders"].items()}
        for order in orders.values():
            _shift(order, clock.wall_ms())
        state: State = decoded(State, {**dumped, "orders": orders})
        return cls(market, clock, settings, state)

    def dump(self) -> dict[str, Any]:
        """The account as JSON, delays of the wall counted from now."""
        for name, kept in self._written.items():
            kept.extend(encoded(getattr(self.desk.state, name)[len(kept) :]))
        rest = {each.name for each in fields(State)} - self._written.keys()
        dumped = {name: encoded(getattr(self.desk.state, name)) for name in sorted(rest)}
        for order in dumped["orders"].values():
            _shift(order, -self.desk.clock.wall_ms())
        return dumped | {name: list(kept) for name, kept in self._written.items()}

    def advance(self) -> None:
        """Let everything happen that is due by now, in the order of venue time."""
        self.happened += advance(self.desk)

    def controls(self) -> dict[str, Control]:
        """The controls by name, each bringing the account up to now first."""
        return {name: self._up_to_date(control) for name, control in Controls(self.desk).table().items()}

    def _up_to_date(self, control: Control) -> Control:
        def run(asked: Mapping[str, Any]) -> Mapping[str, Any]:
            self.advance()
            return control(asked)

        return run


def _fresh(clock: VenueClock, settings: AccountSettings) -> State:
    knobs = Knobs(accept_ms=settings.accept_ms, fee_coin=settings.fee_coin)
    now_ms = clock.now_ms()
    return State(now_ms=now_ms, margin_mode=settings.margin_mode, knobs=knobs, margin_changed_ms=now_ms)


def _shift(order: dict[str, Any], by_ms: int) -> None:
    """Move the times of the wall of an order's JSON; what lies in the past by then stays due."""
    for name in WALL_TIMES:
        if order[name] is not None:
            order[name] += by_ms
