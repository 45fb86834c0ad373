"""Where a live portfolio begins: with the quote coin in the venue's wallet, read while nothing moved."""

from __future__ import annotations

from fundarb.accounting.lines import deposit_line
from fundarb.domain.instants import MINUTE
from fundarb.domain.ledger import LedgerLine
from fundarb.domain.market import Span
from fundarb.domain.money import ZERO
from fundarb.engine.orders.booking import QUOTE_COIN
from fundarb.errors import VenueRefused, VenueUnreadable
from fundarb.ports.trading import VenueTrading

AHEAD_MS = MINUTE  # the venue's stamps are not of our clock


async def opening_of(venue: VenueTrading, at_ms: int) -> LedgerLine:
    """The first deposit. What the venue's log says of later moments is booked by comparing, so none may be in it yet."""
    coins = await venue.coins()
    later = [one for one in await venue.flows(Span(at_ms + 1, at_ms + AHEAD_MS)) if one.coin == QUOTE_COIN]
    if later or await venue.coins() != coins:
        raise VenueUnreadable("the wallet changed while it was read for the opening deposit; start again")
    held = coins.get(QUOTE_COIN, ZERO)
    if held <= ZERO:
        raise VenueRefused(
            f"the wallet holds {held} {QUOTE_COIN}: nothing to trade with; transfer some to the unified trading account"
        )
    return deposit_line(at_ms, held)
