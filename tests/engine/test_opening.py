"""Live begins with what the wallet holds, read while nothing moved, and with nothing to trade with not at all."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fundarb.domain.ledger import LineKind
from fundarb.engine.opening import opening_of
from fundarb.errors import VenueRefused, VenueUnreadable
from fundarb.ports.trading import FlowKind
from tests.engine.live.episodes import BEGUN_MS, BTC
from tests.fakes.clock import SteppedClock
from tests.fakes.trading_venue import MemoryTrading


async def test_the_first_deposit_is_the_quote_coin_of_the_wallet() -> None:
    clock = SteppedClock(BEGUN_MS)
    venue = MemoryTrading([BTC], clock.now_ms)
    venue.move("USDT", "12.5", FlowKind.TRANSFER, "TRANSFER_IN")
    line = await opening_of(venue, clock.now_ms())
    assert (line.kind, line.at_ms, line.cash) == (LineKind.DEPOSIT, BEGUN_MS, Decimal("10012.5"))


async def test_what_moved_meanwhile_would_be_booked_twice() -> None:
    clock = SteppedClock(BEGUN_MS)
    venue = MemoryTrading([BTC], clock.now_ms)
    await clock.sleep(1)
    venue.move("USDT", "1", FlowKind.TRANSFER, "TRANSFER_IN")
    with pytest.raises(VenueUnreadable, match="start again"):
        await opening_of(venue, BEGUN_MS)


async def test_an_empty_wallet_is_refused() -> None:
    clock = SteppedClock(BEGUN_MS)
    venue = MemoryTrading([BTC], clock.now_ms)
    venue.move("USDT", "-10000", FlowKind.TRANSFER, "TRANSFER_OUT")
    with pytest.raises(VenueRefused, match="nothing to trade with; transfer some"):
        await opening_of(venue, BEGUN_MS)
