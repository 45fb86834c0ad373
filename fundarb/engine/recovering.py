"""A portfolio out of the venue's history, for a database that is lost: orders from the client ids of their executions, and
what was in the wallet before. Healing then books everything in the order it happened, as after any crash.

What the venue does not know stays unknown: why a position was opened, and prices without slippage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from fundarb.accounting.book import Book
from fundarb.accounting.lines import deposit_line
from fundarb.domain.instants import DAY
from fundarb.domain.instrument import Pair
from fundarb.domain.ledger import LedgerLine
from fundarb.domain.market import Span
from fundarb.domain.money import ZERO
from fundarb.domain.orders import Leg, Order, OrderState, Side
from fundarb.engine.orders.booking import QUOTE_COIN
from fundarb.engine.orders.naming import trade_of
from fundarb.engine.reconcile.holdings import pair_of
from fundarb.errors import JournalConflict, VenueUnreadable
from fundarb.ports.journal import Journal
from fundarb.ports.trading import Execution, Flow, VenueTrading

RECOVERED = "recovered"
QUIET, REMEMBERED = 28 * DAY, 728 * DAY  # whole weeks, as the venue is asked; it keeps two years
_TRIES = 4


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a recovered portfolio starts from; all else follows by booking what happened since."""

    opening: LedgerLine
    orders: tuple[Order, ...]


def beginning_of(
    since_ms: int,
    executions: Sequence[Execution],
    flows: Iterable[Flow],
    coins: Mapping[str, Decimal],
    pairs: Mapping[str, Pair],
    *,
    with_first: bool = False,
) -> Beginning:
    """The wallet before all that is known (`with_first`: before the first execution, what was paid in until then being its
    capital), and every order of ours that was filled at all."""
    if with_first and executions:
        since_ms = max(since_ms, min(one.at_ms for one in executions) - 1)
    changed = sum((flow.change for flow in flows if flow.coin == QUOTE_COIN and flow.at_ms > since_ms), ZERO)
    parts: dict[str, list[Execution]] = {}
    for one in executions:
        if one.client_id is not None and trade_of(one.client_id) is not None:
            parts.setdefault(one.client_id, []).append(one)
    perps = {trade_of(one.client_id): one.market for one in executions if one.leg is Leg.PERP}
    orders = tuple(_order(client_id, part, perps, pairs) for client_id, part in parts.items())
    return Beginning(deposit_line(since_ms, coins.get(QUOTE_COIN, ZERO) - changed), orders)


async def first_activity(venue: VenueTrading, now_ms: int) -> int:
    """The start of the account's history: back from now until nothing happened for a month, or the venue forgets."""
    start_ms = now_ms
    while start_ms > now_ms - REMEMBERED:
        earlier = Span(start_ms - QUIET, start_ms)
        start_ms = earlier.start_ms
        if not await venue.flows(earlier) and not await venue.executions(earlier):
            return earlier.end_ms - 1 if earlier.end_ms < now_ms else start_ms
    return start_ms


async def recover(
    journal: Journal,
    venue: VenueTrading,
    portfolio: str,
    pairs: Mapping[str, Pair],
    since_ms: int,
    now_ms: int,
    *,
    with_first: bool = False,
) -> Beginning:
    """Write the beginning down. A portfolio that has a ledger is not touched: it is healed, not replaced."""
    await require_lost(journal, portfolio)
    found = await beginning(venue, pairs, Span(since_ms, now_ms + 1), with_first=with_first)
    known = {order.client_id for order in await journal.orders(portfolio)}
    for order in found.orders:
        if order.client_id not in known:
            await journal.put_order(portfolio, order)
            await journal.move_order(order.client_id, OrderState.SENT, order.created_ms, None, None)
            await journal.move_order(order.client_id, OrderState.FILLED, order.created_ms, None, None)
    await journal.append(portfolio, [found.opening])
    return found


async def require_lost(journal: Journal, portfolio: str) -> None:
    """A portfolio that has a ledger is not to be recovered."""
    if await journal.ledger(portfolio):
        raise JournalConflict(
            f"portfolio {portfolio} has a ledger: `fundarb reconcile` heals it, nothing is recovered over it"
        )


async def beginning(
    venue: VenueTrading, pairs: Mapping[str, Pair], span: Span, *, with_first: bool = False
) -> Beginning:
    """Read between two looks at the wallet that agree."""
    for _ in range(_TRIES):
        coins = await venue.coins()
        executions, flows = await venue.executions(span), await venue.flows(span)
        if await venue.coins() == coins:
            return beginning_of(span.start_ms, executions, flows, coins, pairs, with_first=with_first)
    raise VenueUnreadable(f"the account changed {_TRIES} times while it was read; is it traded by someone else?")


def _order(
    client_id: str, part: Sequence[Execution], perps: Mapping[str | None, str], pairs: Mapping[str, Pair]
) -> Order:
    """An order as far as its executions tell of it."""
    first, trade = part[0], trade_of(client_id) or ""
    named = perps.get(trade) if first.leg is Leg.SPOT else first.market
    return Order(
        client_id=client_id,
        trade_id=trade,
        symbol=named or pair_of(first.market, first.leg, pairs, Book()),
        leg=first.leg,
        side=first.side,
        qty=sum((one.qty for one in part), ZERO),
        limit=None,
        reduce_only=first.leg is Leg.PERP and first.side is Side.BUY,
        created_ms=first.at_ms,
        reason=RECOVERED,
    )
