"""Closing at any price within reason: each try may reach further from the best price than the one before, and says so,
once for as long as nothing else changes."""

from __future__ import annotations

from collections.abc import Hashable
from decimal import Decimal

from fundarb.domain.decision import ExitReason
from fundarb.domain.money import ZERO, canonical
from fundarb.engine.agreement import Tell
from fundarb.engine.orders.hedging import LEAVING, Hedger, Look, Slippage
from fundarb.engine.orders.legs import stand_of
from fundarb.engine.orders.naming import Doing
from fundarb.ports.executor import FillLedger

BOUNDS = tuple(map(Decimal, ("0.003", "0.01", "0.02", "0.04")))  # beyond 5 % venues themselves refuse
URGENT = frozenset({ExitReason.FLATTENED, ExitReason.MARGIN, ExitReason.END})
FLATTENING = "flattening"


class Told:
    """What was told of closing. A book that stays dead, or too thin, is no news at every look."""

    def __init__(self) -> None:
        self._stands: dict[str, Hashable] = {}
        self._bounds: dict[str, set[Decimal | None]] = {}

    def is_new(self, pair: str, stands: Hashable, bound: Decimal | None) -> bool:
        """Whether this bound was not told yet since the pair stands like this; now it is."""
        if self._stands.get(pair) != stands:
            self._stands[pair], self._bounds[pair] = stands, set()
        known = bound in self._bounds[pair]
        self._bounds[pair].add(bound)
        return not known


async def flatten(
    hedger: Hedger, pair: str, reason: str, ledger: FillLedger, tell: Tell, told: Told | None = None
) -> bool:
    """Both legs of one pair; whether nothing of it is left. Purchases of the perp only ever reduce, and of the spot no more
    is offered than is held, so that trying again can open nothing. Whoever tries at every look keeps what was `told`."""
    told = Told() if told is None else told
    for bound in BOUNDS:
        if pair not in ledger.book.positions or await hedger.busy(pair):
            break
        look = await hedger.look(pair)
        serves = look.serves(stand_of(pair, ledger.book))
        if told.is_new(pair, _stands(pair, reason, ledger, look), bound if serves else None):
            tell(FLATTENING, pair, reason, {"bound": canonical(bound), "priced": look.priced})
        if serves:
            wider = hedger.within(Slippage(bound, BOUNDS[-1]))
            await wider.pursue(pair, Doing.LEAVE, ZERO, reason, LEAVING, look, ledger)
    return pair not in ledger.book.positions


def _stands(pair: str, reason: str, ledger: FillLedger, look: Look) -> Hashable:
    """Whatever makes the same words news again: another position, less of it, another reason, a price that came or went."""
    prices = (look.spot.touch is not None, look.perp.touch is not None)
    return ledger.book.positions[pair].opened_ms, stand_of(pair, ledger.book), reason, prices
