"""What every Executor promises: both legs or neither, lines the fold can book, nothing but what the gate approved."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from fundarb.accounting.book import fold
from fundarb.domain.decision import EntryReason, EntryRequest, ExitReason, ExitRequest
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.orders import Leg, Side
from fundarb.ports.executor import Approved
from tests.contract.executors import EXECUTORS, Stage
from tests.contract.trading_samples import deposit
from tests.fakes.ledger import ListedLedger

ENTRY = ((Leg.SPOT, Side.BUY), (Leg.PERP, Side.SELL))
EXIT = ((Leg.SPOT, Side.SELL), (Leg.PERP, Side.BUY))


@pytest.fixture(params=sorted(EXECUTORS))
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """A stage for each executor."""
    async with EXECUTORS[request.param]() as opened:
        yield opened


def request_of(stage: Stage) -> EntryRequest:
    """The strategy's wish."""
    return EntryRequest(stage.pair.symbol, Decimal(1000), EntryReason.RATE)


def approval_of(stage: Stage) -> Approved:
    """What the gate would make of it."""
    return Approved(request_of(stage), stage.qty, Decimal("0.00124"))


async def entered(stage: Stage) -> ListedLedger:
    """The ledger after the entry."""
    ledger = ListedLedger(deposit())
    await stage.executor.passed(stage.opening, ledger)
    assert await stage.executor.enter(stage.opening, ledger, approval_of(stage))
    return ledger


async def left(stage: Stage) -> ListedLedger:
    """The ledger after entry, settlement and exit."""
    ledger = await entered(stage)
    await stage.executor.passed(stage.later, ledger)
    assert await stage.executor.leave(stage.later, ledger, ExitRequest(stage.pair.symbol, ExitReason.STALE))
    return ledger


def assert_says_all(lines: Sequence[LedgerLine], legs: tuple[tuple[Leg, Side], ...], reason: str) -> None:
    """Spot before perp, every figure there, and the reason on the last line of each leg."""
    stated = [(line.leg, line.side) for line in lines]
    assert stated == sorted(stated, key=lambda leg: leg != legs[0])
    assert set(stated) == set(legs)
    for line in lines:
        assert all(value is not None and value > 0 for value in (line.qty, line.price, line.fair))
        assert line.fee is not None
        assert line.fee_ccy in ("base", "quote")
    for leg in legs:
        *_, last = (line for line in lines if (line.leg, line.side) == leg)
        assert last.reason == reason


async def test_an_entry_opens_both_legs_and_hedges_them(stage: Stage) -> None:
    ledger = await entered(stage)
    position = ledger.book.positions[stage.pair.symbol]
    assert 0 < position.qty <= stage.qty
    excess = position.spot - position.qty * stage.pair.multiplier
    assert 0 <= excess < stage.pair.spot_lots.step + stage.pair.perp_lots.step * stage.pair.multiplier
    assert (position.opened_ms, position.open_reason) == (ledger.lines[1].at_ms, "rate")


async def test_an_entry_says_all_the_fold_needs(stage: Stage) -> None:
    _, *lines = (await entered(stage)).lines
    assert_says_all(lines, ENTRY, "rate")
    assert {line.kind for line in lines} == {LineKind.FILL}
    assert {line.pair for line in lines} == {stage.pair.symbol}
    assert all(line.at_ms >= stage.opening.at_ms for line in lines)


async def test_an_exit_closes_both_legs_and_leaves_less_than_a_lot(stage: Stage) -> None:
    portfolio = (await left(stage)).book.snapshot()
    assert not portfolio.positions
    (trade,) = portfolio.closed
    assert (trade.open_reason, trade.close_reason) == ("rate", "stale")
    assert 0 <= portfolio.dust.get(stage.pair.symbol, Decimal(0)) < stage.pair.spot_lots.step


async def test_an_exit_says_all_the_fold_needs(stage: Stage) -> None:
    ledger = await left(stage)
    exits = [line for line in ledger.lines if line.kind is LineKind.FILL and (line.leg, line.side) in EXIT]
    assert_says_all(exits, EXIT, "stale")
    assert all(line.at_ms >= stage.later.at_ms for line in exits)


async def test_the_lines_posted_are_the_portfolio(stage: Stage) -> None:
    ledger = await left(stage)
    assert fold(ledger.lines) == ledger.book.snapshot()


async def test_cash_moves_by_exactly_what_the_trade_earned(stage: Stage) -> None:
    portfolio = (await left(stage)).book.snapshot()
    (trade,) = portfolio.closed
    earned = portfolio.cash - portfolio.contributed - portfolio.interest
    assert earned + portfolio.dust_value == trade.split.net


async def test_a_settlement_pays_the_position_that_was_there_before_it(stage: Stage) -> None:
    ledger = await entered(stage)
    position = ledger.book.positions[stage.pair.symbol]
    await stage.executor.passed(stage.later, ledger)
    (paid,) = [line for line in ledger.lines if line.kind is LineKind.FUNDING]
    assert paid.pair == stage.pair.symbol
    assert position.opened_ms < paid.at_ms <= stage.later.at_ms
    assert paid.qty == position.qty
    assert paid.price is not None
    assert paid.rate is not None
    assert paid.cash == paid.qty * paid.price * paid.rate


async def test_without_a_position_nothing_is_booked_for_a_pair(stage: Stage) -> None:
    ledger = ListedLedger(deposit())
    await stage.executor.passed(stage.opening, ledger)
    await stage.executor.passed(stage.later, ledger)
    assert [line for line in ledger.lines if line.pair is not None] == []


async def test_without_a_price_for_a_leg_neither_is_opened(stage: Stage) -> None:
    ledger = ListedLedger(deposit())
    assert not await stage.executor.enter(stage.unpriced, ledger, approval_of(stage))
    assert ledger.lines == [deposit()]


async def test_without_a_price_for_a_leg_neither_is_closed(stage: Stage) -> None:
    ledger = await entered(stage)
    before = list(ledger.lines)
    assert not await stage.executor.leave(stage.unpriced, ledger, ExitRequest(stage.pair.symbol, ExitReason.RATE))
    assert ledger.lines == before


async def test_nothing_is_entered_but_what_the_gate_approved(stage: Stage) -> None:
    lookalike: Any = SimpleNamespace(request=request_of(stage), qty=stage.qty, ref=Decimal("0.00124"))
    unapproved: list[Any] = [request_of(stage), lookalike]
    for forged in unapproved:
        ledger = ListedLedger(deposit())
        with pytest.raises(TypeError):
            await stage.executor.enter(stage.opening, ledger, forged)
        assert ledger.lines == [deposit()]


ONE = Decimal(1)
SOLD = LedgerLine(1, LineKind.FILL, "X", -ONE, Leg.PERP, Side.SELL, ONE, ONE, ONE, ONE, "quote", reason="rate")
BOUGHT = SOLD._replace(leg=Leg.SPOT, side=Side.BUY)
INCOMPLETE = {
    "qty": BOUGHT._replace(qty=None),
    "price": BOUGHT._replace(price=None),
    "fair": BOUGHT._replace(fair=None),
    "fee": BOUGHT._replace(fee=None),
    "currency": BOUGHT._replace(fee_ccy=None),
    "reason": BOUGHT._replace(reason=None),
}


@pytest.mark.parametrize("lines", [[BOUGHT], [SOLD, BOUGHT]], ids=["one leg", "perp first"])
def test_the_contract_notices_legs_that_are_missing_or_out_of_order(lines: list[LedgerLine]) -> None:
    with pytest.raises(AssertionError):
        assert_says_all(lines, ENTRY, "rate")


@pytest.mark.parametrize("figure", sorted(INCOMPLETE))
def test_the_contract_notices_a_figure_that_is_missing(figure: str) -> None:
    assert_says_all([BOUGHT, SOLD], ENTRY, "rate")
    with pytest.raises(AssertionError):
        assert_says_all([INCOMPLETE[figure], SOLD], ENTRY, "rate")
