"""One episode of live trading under faults, from a seed: entries, exits, settlements, what a venue takes away, thin books
and restarts; then calm, recovery, and an independent look at both sides."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal

from fundarb.accounting.book import Book, fold
from fundarb.domain.decision import EntryReason, EntryRequest, ExitReason, ExitRequest
from fundarb.domain.instants import MINUTE
from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.orders import OrderState
from fundarb.engine.orders.desk import UNSETTLED, OrderDesk
from fundarb.errors import FundarbError
from fundarb.ports.executor import Approved
from fundarb.ports.trading import Cause, FlowKind
from tests.engine.live.misfortune import Killed, Misfortune, StruckJournal
from tests.engine.live.trader import PORTFOLIO, Trader, start
from tests.fakes.clock import SteppedClock
from tests.fakes.feed import FixedView
from tests.fakes.trading_account import CASH
from tests.fakes.trading_venue import MemoryTrading

BTC = Pair(
    symbol="BTC/USDT:USDT",
    spot="BTC/USDT",
    multiplier=Decimal(1),
    perp_lots=LotRule(Decimal("0.001"), Decimal("0.001"), Decimal(5)),
    spot_lots=LotRule(Decimal("0.000001"), Decimal("0.000011"), Decimal(5)),
)
PEPE = Pair(
    symbol="1000PEPE/USDT:USDT",
    spot="PEPE/USDT",
    multiplier=Decimal(1000),
    perp_lots=LotRule(Decimal(100), Decimal(100), Decimal(5)),
    spot_lots=LotRule(Decimal("0.1"), Decimal(1), Decimal(1)),
)
PRICES = {BTC.symbol: Decimal(100), PEPE.symbol: Decimal("0.001")}
QTYS = {BTC.symbol: Decimal("7.3"), PEPE.symbol: Decimal(1200)}
BEGUN_MS = 1_700_000_000_000


class Episode:
    """The world of one seed."""

    def __init__(self, seed: int, desk: type[OrderDesk] = OrderDesk) -> None:
        self.rng = random.Random(seed)
        self.misfortune = Misfortune(
            self.rng, self.rng.choice([0, 0.005, 0.03, 0.1]), self.rng.choice([0, 0.002, 0.008, 0.02])
        )
        self.misfortune.on = False
        self.clock = SteppedClock(BEGUN_MS)
        self.journal = StruckJournal(self.misfortune)
        self.venue = MemoryTrading([BTC, PEPE], self.clock.now_ms)
        self.venue.before, self.venue.after = self.misfortune.before, self.misfortune.after
        self.desk = desk
        self.happened: Counter[str] = Counter()
        self.trader: Trader | None = None
        self.quote()

    def quote(self, drift: float = 0.0, size: str = "100000000") -> None:
        """Prices around the usual, the same for both legs but for a little."""
        for pair in (BTC, PEPE):
            factor = Decimal(str(round(1 + drift, 4)))
            self.venue.quote(pair.symbol, str(PRICES[pair.symbol] * factor), size)

    async def run(self) -> None:
        """Trouble, then calm."""
        await self.journal.append(PORTFOLIO, [LedgerLine(BEGUN_MS, LineKind.DEPOSIT, None, Decimal(10_000))])
        self.misfortune.on = True
        for _ in range(self.rng.randint(4, 14)):
            await self.clock.sleep(self.rng.choice([0.001, 1, 30, 3600]))
            self._shake()
            try:
                await self._act()
            except Killed:
                self.happened["killed"] += 1
                self.trader = None
            except FundarbError as error:
                self.happened[type(error).__name__] += 1
                if self.rng.random() < 0.3:
                    self.trader = None
        await self._calm()

    async def _act(self) -> None:
        """One cycle of a trader: look, then perhaps an exit or an entry."""
        if self.trader is None:
            every_ms = self.rng.choice([0, 5 * MINUTE])
            self.trader = await start(self.journal, self.venue, self.clock, desk=self.desk, every_ms=every_ms)
        trader, view = self.trader, FixedView(self.clock.now_ms())
        await trader.executor.passed(view, trader.ledger)
        pair = self.rng.choice([BTC, PEPE]).symbol
        if pair in trader.ledger.book.positions:
            if self.rng.random() < 0.5:
                await trader.executor.leave(view, trader.ledger, ExitRequest(pair, ExitReason.RATE))
                self.happened["left"] += pair not in trader.ledger.book.positions
        elif self.rng.random() < 0.8:
            request = EntryRequest(pair, Decimal(700), EntryReason.RATE)
            approved = Approved(request, QTYS[pair], PRICES[pair])
            self.happened["entered"] += await trader.executor.enter(view, trader.ledger, approved)

    def _shake(self) -> None:
        """What the market and the venue do meanwhile."""
        rng = self.rng
        self.venue.accept_ms = rng.choice([0, 0, 150, 4000])
        self.venue.share = Decimal(str(rng.choice([0, 0.0007, 0.3, 0.9]))) if rng.random() < 0.3 else None
        self.quote(rng.uniform(-0.01, 0.01), rng.choice(["100000000", "100000000", "2", "0"]))
        if rng.random() < 0.15:
            self.quote(rng.uniform(0.2, 0.5))
        for pair in (BTC, PEPE):
            if rng.random() < 0.3:
                self.venue.settle(pair.symbol, rng.choice(["0.0001", "-0.0002", "0.003"]))
            if rng.random() < 0.08:
                cause = rng.choice([Cause.DELEVERAGED, Cause.BANKRUPT, Cause.DELIVERED])
                self.venue.take_away(pair.symbol, "0.37" if cause is Cause.DELEVERAGED else "1", cause)
                self.happened[f"venue {cause}"] += 1
        if rng.random() < 0.1:
            self.venue.move(CASH, rng.choice(["250", "-40"]), FlowKind.TRANSFER, "TRANSFER")
        if rng.random() < 0.1:
            self.venue.move(CASH, rng.choice(["-0.013", "0.2"]), FlowKind.INTEREST, "INTEREST")

    async def _calm(self) -> None:
        """Nothing goes wrong any more; a trader starts and looks three times."""
        self.misfortune.on = False
        self.venue.accept_ms, self.venue.share = 0, None
        self.quote()
        await self.clock.sleep(120)
        self.trader = await start(self.journal, self.venue, self.clock, desk=self.desk)
        for _ in range(3):
            await self.trader.executor.passed(FixedView(self.clock.now_ms()), self.trader.ledger)
            await self.clock.sleep(10)


async def violations(episode: Episode) -> list[str]:
    """What is not as it must be, seen from the venue's own books and the journal's own rows."""
    venue, journal, trader = episode.venue, episode.journal, episode.trader
    assert trader is not None
    lines, orders = await journal.ledger(PORTFOLIO), await journal.orders(PORTFOLIO)
    wrong = [] if not venue.duplicates else [f"{venue.duplicates} client ids sent twice"]
    unknown = venue.orders.keys() - {order.client_id for order in orders}
    wrong += [f"at the venue but not in the journal: {sorted(unknown)}"] if unknown else []
    wrong += [f"{order.client_id} is {order.state}" for order in orders if order.state in UNSETTLED]
    refused = {order.client_id for order in orders if order.state is OrderState.REJECTED}
    wrong += [f"{name} was filled, and is called rejected" for name in sorted(refused & _filled(venue))]
    traded = {one.execution_id for one in venue.account.executions if one.cause is not Cause.FUNDING}
    fills = [fill.execution_id for fill in await journal.fills(PORTFOLIO)]
    wrong += ["executions and fills differ"] if traded != set(fills) or len(fills) != len(set(fills)) else []
    if fold(lines) != trader.ledger.book.snapshot():
        wrong.append("memory and journal differ")
    wrong += [] if wrong else _of_holdings(venue, trader.ledger.book)
    return wrong + await _second_recovery(episode)


def _filled(venue: MemoryTrading) -> set[str]:
    """Orders of which anything was executed."""
    return {one.client_id for one in venue.account.executions if one.client_id is not None}


def _of_holdings(venue: MemoryTrading, book: Book) -> list[str]:
    """Coins, shorts and cash to the digit; no leg alone beyond a lot of each step."""
    wrong = []
    if book.cash != venue.account.coins[CASH]:
        wrong.append(f"cash {book.cash} where the wallet has {venue.account.coins[CASH]}")
    for pair in venue.pairs:
        held, contract = book.positions.get(pair.symbol), venue.account.contracts.get(pair.symbol)
        short = -contract.qty if contract else Decimal(0)
        coin = venue.account.coins.get((pair.spot or "").partition("/")[0], Decimal(0))
        spot = coin - book.dust.get(pair.symbol, Decimal(0))
        if (short, spot) != ((held.qty, held.spot) if held else (0, 0)):
            wrong.append(f"{pair.symbol}: {spot} and {short} at the venue, booked {held and (held.spot, held.qty)}")
        if abs(spot - short * pair.multiplier) > pair.spot_lots.step + pair.perp_lots.step * pair.multiplier:
            wrong.append(f"{pair.symbol}: {spot} spot against {short} short")
        if held is not None and not held.qty:
            wrong.append(f"{pair.symbol}: {held.spot} spot stands alone")
    return wrong


async def _second_recovery(episode: Episode) -> list[str]:
    """A recovery run again changes nothing."""
    journal, venue = episode.journal, episode.venue
    before = (await journal.ledger(PORTFOLIO), await journal.orders(PORTFOLIO), len(venue.sent))
    trader = await start(journal, venue, episode.clock, desk=episode.desk)
    healed = await trader.healer.heal(trader.ledger)
    wrong = [f"still differs: {one}" for one in healed.left.differences]
    wrong += [f"done again: {step.act} {step.subject}" for step in healed.applied]
    after = (await journal.ledger(PORTFOLIO), await journal.orders(PORTFOLIO), len(venue.sent))
    return wrong + (["the second recovery wrote or sent something"] if after != before else [])
