"""What running portfolios hold, and since when; closed ledgers do not count."""

from __future__ import annotations

from fundarb.domain.ledger import LedgerLine
from fundarb.domain.orders import Side
from fundarb.reporting.held import KEPT_BEFORE_MS, held_pairs, held_since
from fundarb.signals.lookback import HORIZON
from tests.contract.trading_samples import BTC, ETH, HOUR_MS, deposit, perp_sale
from tests.fakes.journal import MemoryJournal


def perp_purchase(at_ms: int, pair: str = BTC) -> LedgerLine:
    """What closes a perp_sale, for nothing."""
    sale = perp_sale(at_ms, pair)
    return sale._replace(side=Side.BUY)  # cash of a fill at the entry price is the fee alone


async def test_a_pair_is_held_since_its_oldest_position_was_opened() -> None:
    journal = MemoryJournal()
    await journal.append("paper:simple", [deposit(), perp_sale(5 * HOUR_MS), perp_sale(6 * HOUR_MS, ETH)])
    await journal.append("live", [deposit(), perp_sale(3 * HOUR_MS), perp_sale(4 * HOUR_MS)])
    assert await held_since(journal) == {BTC: 3 * HOUR_MS, ETH: 6 * HOUR_MS}
    assert await held_pairs(journal, 5 * HOUR_MS) == {BTC}


async def test_a_position_that_was_opened_again_counts_from_then() -> None:
    journal = MemoryJournal()
    lines = [deposit(), perp_sale(HOUR_MS), perp_purchase(2 * HOUR_MS), perp_sale(9 * HOUR_MS)]
    await journal.append("live", lines)
    assert await held_since(journal) == {BTC: 9 * HOUR_MS}


async def test_what_is_closed_holds_nothing() -> None:
    journal = MemoryJournal()
    await journal.append("live", [deposit(), perp_sale(HOUR_MS), perp_purchase(2 * HOUR_MS)])
    await journal.append("paper", [deposit(), perp_sale(HOUR_MS, ETH)])
    await journal.close_portfolio("paper", "closed-1")
    assert await held_since(journal) == {}


def test_the_lookback_that_is_kept_holds_all_that_signals_look_at() -> None:
    assert KEPT_BEFORE_MS > HORIZON
