"""Closing at any price within reason: each try may reach further from the best price than the one before, and says so."""

from __future__ import annotations

from decimal import Decimal

from fundarb.domain.decision import ExitReason
from fundarb.domain.money import ZERO, canonical
from fundarb.engine.agreement import Tell
from fundarb.engine.orders.hedging import LEAVING, Hedger, Slippage
from fundarb.engine.orders.legs import stand_of
from fundarb.engine.orders.naming import Doing
from fundarb.ports.executor import FillLedger

BOUNDS = tuple(map(Decimal, ("0.003", "0.01", "0.02", "0.04")))  # beyond 5 % venues themselves refuse
URGENT = frozenset({ExitReason.FLATTENED, ExitReason.MARGIN, ExitReason.END})
FLATTENING = "flattening"


async def flatten(hedger: Hedger, pair: str, reason: str, ledger: FillLedger, tell: Tell) -> bool:
    """Both legs of one pair; whether nothing of it is left. Purchases of the perp only ever reduce, and of the spot no more
    is offered than is held, so that trying again can open nothing."""
    for bound in BOUNDS:
        if pair not in ledger.book.positions or await hedger.busy(pair):
            break
        look = await hedger.look(pair)
        tell(FLATTENING, pair, reason, {"bound": canonical(bound), "priced": look.priced})
        if look.serves(stand_of(pair, ledger.book)):
            wider = hedger.within(Slippage(bound, BOUNDS[-1]))
            await wider.pursue(pair, Doing.LEAVE, ZERO, reason, LEAVING, look, ledger)
    return pair not in ledger.book.positions
