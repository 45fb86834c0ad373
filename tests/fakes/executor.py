"""An executor that fills at the prices it was given and books the settlements it was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from fundarb.accounting.fees import PairCosts
from fundarb.accounting.lines import close_lines, funding_line, open_lines
from fundarb.domain.decision import ExitRequest
from fundarb.domain.instrument import Pair
from fundarb.ports.executor import Approved, Ledger
from fundarb.ports.feed import View


class Prices(NamedTuple):
    """What both legs trade at; None where a leg has no price."""

    spot: Decimal | None
    perp: Decimal | None


class Paid(NamedTuple):
    """A settlement: when, of which pair, at what mark and rate."""

    at_ms: int
    pair: str
    mark: Decimal
    rate: Decimal


NOWHERE = Prices(None, None)


class PricedExecutor:
    """Fills the port `Executor`; `prices` are by the time of the view and the pair."""

    def __init__(
        self,
        pairs: Sequence[Pair],
        costs: PairCosts,
        prices: Mapping[tuple[int, str], Prices],
        settlements: Sequence[Paid] = (),
    ) -> None:
        self._pairs = {pair.symbol: pair for pair in pairs}
        self._costs = costs
        self._prices = prices
        self._settlements = sorted(settlements)
        self._passed_ms = 0

    async def passed(self, view: View, ledger: Ledger) -> None:
        """Book the settlements since the view before, of positions older than they are."""
        since, self._passed_ms = self._passed_ms, view.at_ms
        for paid in self._settlements:
            held = ledger.book.positions.get(paid.pair)
            if since < paid.at_ms <= view.at_ms and held is not None and held.opened_ms < paid.at_ms:
                await ledger.post([funding_line(paid.at_ms, held, paid.mark, paid.rate)])

    async def enter(self, view: View, ledger: Ledger, approved: Approved) -> bool:
        """Open both legs at the prices of the view, or neither."""
        if not isinstance(approved, Approved):
            raise TypeError(f"only what the gate approved can be entered, not {type(approved).__name__}")
        symbol, reason = approved.request.pair, approved.request.reason
        spot, perp = self._prices.get((view.at_ms, symbol), NOWHERE)
        if spot is None or perp is None:
            return False
        lines = open_lines(view.at_ms, self._pairs[symbol], approved.qty, spot, perp, self._costs, reason)
        await ledger.post(lines)
        return True

    async def leave(self, view: View, ledger: Ledger, request: ExitRequest) -> bool:
        """Close both legs at the prices of the view, or neither."""
        spot, perp = self._prices.get((view.at_ms, request.pair), NOWHERE)
        if spot is None or perp is None:
            return False
        pair, held = self._pairs[request.pair], ledger.book.positions[request.pair]
        await ledger.post(close_lines(view.at_ms, pair, held, spot, perp, self._costs, request.reason))
        return True
