"""An endless, reproducible script of journal writes: step k does the same to any journal, so a copy can be replayed."""

from __future__ import annotations

from fundarb.domain.orders import OrderState
from fundarb.ports.journal import Journal
from tests.contract.trading_samples import BTC, ETH, deposit, execution, intent, payment, perp_sale

PORTFOLIO = "live"
ACTIONS = ("append", "intend", "send", "fill")


def action_of(step: int) -> str:
    """Which write step `step` is."""
    return ACTIONS[step % len(ACTIONS)]


async def perform(journal: Journal, step: int) -> None:
    """One write; each leaves more than one row, so that half of it would show."""
    turn, action = step // len(ACTIONS), action_of(step)
    if action == "append":
        await journal.append(PORTFOLIO, [deposit(turn), payment(turn), payment(turn, ETH), deposit(turn, "-1")])
    elif action == "intend":
        await journal.put_order(PORTFOLIO, intent(f"c{turn}", created_ms=turn, symbol=f"N{turn}/USDT:USDT"))
    elif action == "send":
        await journal.move_order(f"c{turn}", OrderState.SENT, turn, f"venue {turn}", None)
    else:
        fills = [execution(f"e{turn}-{leg}", turn, f"c{turn}", leg) for leg in (BTC, ETH)]
        await journal.put_fills(PORTFOLIO, fills, [perp_sale(turn), perp_sale(turn, ETH)])


async def contents(journal: Journal) -> tuple[object, ...]:
    """All that the script can have changed."""
    return await journal.ledger(PORTFOLIO), await journal.orders(PORTFOLIO), await journal.fills(PORTFOLIO)
