"""One customer of the exchange: his orders, positions and money, brought up to now before each answer."""

from __future__ import annotations

from collections.abc import Mapping
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
        if state is None:
            for coin, amount in chosen.balances.items():
                post(self.desk, "TRANSFER_IN", coin, clock.now_ms(), amount, qty=amount)

    @classmethod
    def load(
        cls, dumped: Mapping[str, Any], market: MarketSource, clock: VenueClock, settings: AccountSettings | None = None
    ) -> Account:
        """The account that was dumped; delays of the wall go on from here."""
        state: State = decoded(State, dumped)
        _shift(state, clock.wall_ms())
        return cls(market, clock, settings, state)

    def dump(self) -> dict[str, Any]:
        """The account as JSON, delays of the wall counted from now."""
        copy: State = decoded(State, encoded(self.desk.state))
        _shift(copy, -self.desk.clock.wall_ms())
        dumped: dict[str, Any] = encoded(copy)
        return dumped

    def advance(self) -> None:
        """Let everything happen that is due by now, in the order of venue time."""
        advance(self.desk)

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


def _shift(state: State, by_ms: int) -> None:
    """Move every time of the wall; what lies in the past by then stays due."""
    for order in state.orders.values():
        order.taken_up_wall_ms += by_ms
        order.hidden_until_wall_ms += by_ms if order.hidden_until_wall_ms else 0
        if order.cancel_wall_ms is not None:
            order.cancel_wall_ms += by_ms
