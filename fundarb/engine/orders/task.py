"""What is being done to a pair, kept in the journal before the first order goes out: a restart finds what was meant."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from decimal import Decimal

from fundarb.domain.money import canonical
from fundarb.domain.orders import Leg
from fundarb.ports.journal import Journal


@dataclass(frozen=True, slots=True)
class Task:
    """The way of one pair to a short of `goal`; prices are those half way between bid and ask when it began."""

    trade_id: str
    pair: str
    goal: Decimal
    reason: str
    began_ms: int
    spot_price: Decimal
    perp_price: Decimal

    def fair(self, leg: Leg) -> Decimal:
        """The price without slippage."""
        return self.spot_price if leg is Leg.SPOT else self.perp_price


async def keep(journal: Journal, portfolio: str, task: Task) -> None:
    """Write it down, in place of the pair's task before."""
    fields = {name: canonical(each) if isinstance(each, Decimal) else each for name, each in asdict(task).items()}
    await journal.remember(portfolio, _name(task.pair), json.dumps(fields))


async def kept(journal: Journal, portfolio: str, pair: str) -> Task | None:
    """The newest task of a pair."""
    text = await journal.recall(portfolio, _name(pair))
    if text is None:
        return None
    fields = json.loads(text)
    numbers = {name: Decimal(fields[name]) for name in ("goal", "spot_price", "perp_price")}
    return Task(**(fields | numbers))


def _name(pair: str) -> str:
    return f"task {pair}"
