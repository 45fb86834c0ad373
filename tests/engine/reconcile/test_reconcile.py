"""The comparison as a function: each kind of difference with its plan, in order; and nothing where nothing differs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from fundarb.accounting.book import Book
from fundarb.accounting.lines import deposit_line, funding_line, perp_sell_line, spot_buy_line
from fundarb.domain.instants import HOUR
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.orders import Leg, Order, OrderState, Side
from fundarb.engine.reconcile.compare import flow_name, reconcile
from fundarb.engine.reconcile.facts import JournalFacts, VenueFacts
from fundarb.engine.reconcile.plan import Act, Kind, Reconciliation
from fundarb.ports.trading import Cause, Execution, Flow, FlowKind, VenueOrder, VenuePosition
from tests.engine.live.episodes import BTC, PEPE

D = Decimal
BEGUN, NOW = 1_700_000_000_000, 1_700_000_000_000 + 10 * HOUR
OPENED = BEGUN + HOUR
FEE = D(2) * 100 * D("0.00055")
LINES = (
    deposit_line(BEGUN, D(10_000)),
    spot_buy_line(OPENED, BTC.symbol, D("2.002003"), D(100), D(100), D("0.002002003"), "base", "rate"),
    perp_sell_line(OPENED, BTC.symbol, D(2), D(100), D(100), FEE, "rate"),
)
CASH = D(10_000) - D("200.2003") - FEE
SPOT = D("2.002003") - D("0.002002003")
HELD = VenuePosition(BTC.symbol, D(-2), D(100), D(101), D(2), None)
AGREED = VenueFacts(NOW, (HELD,), {"BTC": SPOT, "USDT": CASH}, (), (), ())
ORDER = Order(
    "fa-loyw3v28-00000000e-p1", "loyw3v28-00000000e", BTC.symbol, Leg.PERP, Side.SELL, D(2), D(99), False, OPENED
)


def execution(cause: Cause = Cause.TRADE, **changes: object) -> Execution:
    """Two bought back at 101 after six hours, by nobody known."""
    usual = Execution(
        "e1", cause, BTC.symbol, Leg.PERP, Side.BUY, D(2), D(101), D(0), "USDT", NOW - HOUR, None, mark=D(101)
    )
    return replace(usual, **changes)  # type: ignore[arg-type]  # fields by name


def compared(
    venue: VenueFacts = AGREED,
    lines: Sequence[LedgerLine] = LINES,
    orders: Sequence[Order] = (),
    executed: Collection[str] = (),
    excluded: Collection[str] = (),
    spotless: Collection[str] = (),
) -> Reconciliation:
    """The two sides beside each other."""
    book = Book()
    book.apply_all(lines)
    pairs = {pair.symbol: pair for pair in (BTC, PEPE)}
    journal = JournalFacts(book, lines, {one.client_id: one for one in orders}, executed, pairs, excluded, spotless)
    found = reconcile(venue, journal)
    assert found == reconcile(venue, journal)
    assert fold_unchanged(book, lines)
    return found


def fold_unchanged(book: Book, lines: Sequence[LedgerLine]) -> bool:
    """Comparing changes nothing."""
    again = Book()
    again.apply_all(lines)
    return again.snapshot() == book.snapshot()


def kinds(found: Reconciliation) -> list[Kind]:
    return [one.kind for one in found.differences]


def plan(found: Reconciliation) -> list[tuple[Act, str, bool]]:
    return [(step.act, step.subject, step.by_itself) for step in found.plan]


def test_two_sides_that_agree_need_nothing() -> None:
    assert compared() == Reconciliation((), ())
    assert compared().agreed


@pytest.mark.parametrize("state", [OrderState.INTENT, OrderState.SENT, OrderState.ACKED, OrderState.UNKNOWN])
def test_an_order_without_an_end_is_asked_about_before_its_pair_is_judged(state: OrderState) -> None:
    order = replace(ORDER, state=state)
    found = compared(replace(AGREED, positions=()), orders=[order])
    assert kinds(found) == [Kind.UNSETTLED_ORDER]
    assert plan(found) == [(Act.SETTLE, order.client_id, True)]
    assert found.plan[0].order is order


def test_a_late_fill_of_ours_is_booked_and_its_other_leg_follows() -> None:
    order = replace(ORDER, state=OrderState.REJECTED, reason="rate")
    late = execution(side=Side.SELL, qty=D(1), client_id=order.client_id)
    venue = replace(AGREED, executions=(late,), positions=(replace(HELD, qty=D(-3)),))
    found = compared(venue, orders=[order])
    assert kinds(found) == [Kind.UNBOOKED_FILL, Kind.UNHEDGED]
    assert plan(found) == [(Act.BOOK, BTC.symbol, True), (Act.HEDGE, BTC.symbol, True)]
    (line,) = found.plan[0].lines
    assert (line.kind, line.qty, line.reason) == (LineKind.FILL, D(1), "rate")
    assert kinds(compared(replace(venue, executions=()), orders=[order])) == [Kind.POSITION]


@pytest.mark.parametrize(
    ("cause", "kind", "reason"),
    [
        (Cause.BANKRUPT, LineKind.LIQUIDATION, "liquidation"),
        (Cause.DELEVERAGED, LineKind.LIQUIDATION, "liquidation"),
        (Cause.DELIVERED, LineKind.DELISTING, "delisting"),
    ],
)
def test_what_the_venue_closed_is_booked_and_the_other_leg_goes_too(cause: Cause, kind: LineKind, reason: str) -> None:
    venue = replace(AGREED, executions=(execution(cause),), positions=(), coins={"BTC": SPOT, "USDT": CASH - 2})
    found = compared(venue)
    assert plan(found) == [(Act.BOOK, BTC.symbol, True), (Act.HEDGE, BTC.symbol, True)]
    (line,) = found.plan[0].lines
    assert (line.kind, line.reason, line.cash) == (kind, reason, D(-2))


def test_funding_that_was_missed_is_booked_once() -> None:
    paid = execution(Cause.FUNDING, fee=D("-0.06"), rate=D("0.0003"), side=Side.SELL, price=D(100))
    venue = replace(AGREED, executions=(paid,), coins={"BTC": SPOT, "USDT": CASH + D("0.06")})
    found = compared(venue)
    assert kinds(found) == [Kind.UNBOOKED_FUNDING]
    (line,) = found.plan[0].lines
    assert (line.kind, line.cash, line.price, line.rate) == (LineKind.FUNDING, D("0.06"), D(100), D("0.0003"))
    assert compared(venue, [*LINES, line]).agreed
    assert compared(
        venue, [*LINES, funding_line(paid.at_ms, book_of(LINES).positions[BTC.symbol], D(100), D("0.0003"))]
    )


def book_of(lines: Sequence[LedgerLine]) -> Book:
    book = Book()
    book.apply_all(lines)
    return book


@pytest.mark.parametrize(
    ("kind", "line_kind", "by_itself"),
    [
        (FlowKind.TRANSFER, LineKind.TRANSFER, True),
        (FlowKind.INTEREST, LineKind.INTEREST, True),
        (FlowKind.REBATE, LineKind.REBATE, True),
        (FlowKind.OTHER, LineKind.ADJUSTMENT, False),
    ],
)
def test_money_that_moved_otherwise_becomes_a_line_of_its_kind(
    kind: FlowKind, line_kind: LineKind, by_itself: bool
) -> None:
    flow = Flow("17", kind, "USDT", D(-5), NOW - HOUR, "WHATEVER")
    venue = replace(AGREED, flows=(flow,), coins={"BTC": SPOT, "USDT": CASH - 5})
    found = compared(venue)
    assert plan(found) == [(Act.BOOK, "17", by_itself)]
    (line,) = found.plan[0].lines
    assert (line.kind, line.cash, line.reason) == (line_kind, D(-5), flow_name(flow))
    assert compared(venue, [*LINES, line]).agreed


def test_what_happened_before_the_portfolio_began_or_in_other_coins_is_no_business_of_its() -> None:
    old = (
        Flow("1", FlowKind.TRANSFER, "USDT", D(7), BEGUN, "T"),
        Flow("2", FlowKind.TRANSFER, "MNT", D(7), NOW, "T"),
        Flow("3", FlowKind.BOOKED, "USDT", D(7), NOW, "TRADE"),
    )
    assert compared(replace(AGREED, flows=old, executions=(execution(at_ms=BEGUN - 1),))).agreed


@pytest.mark.parametrize(("spot", "short"), [(D(1), D(2)), (SPOT, D("1.5"))])
def test_a_leg_that_stands_alone_is_healed_without_asking(spot: Decimal, short: Decimal) -> None:
    alone = [
        LINES[0],
        spot_buy_line(OPENED, BTC.symbol, spot, D(100), D(100), D(0), "base", "rate"),
        perp_sell_line(OPENED, BTC.symbol, short, D(100), D(100), D(0), "rate"),
    ]
    cash = 10_000 - spot * 100
    venue = replace(AGREED, positions=(replace(HELD, qty=-short),), coins={"BTC": spot, "USDT": cash})
    found = compared(venue, alone)
    assert (kinds(found), plan(found)) == ([Kind.UNHEDGED], [(Act.HEDGE, BTC.symbol, True)])


@pytest.mark.parametrize(
    ("positions", "coins"),
    [((VenuePosition(PEPE.symbol, D(-500), D(1), D(1), D(2), None),), {}), ((), {"PEPE": D(12)})],
)
def test_what_a_person_must_decide_of_one_pair_keeps_no_other_from_being_hedged(
    positions: tuple[VenuePosition, ...], coins: dict[str, Decimal]
) -> None:
    taken = execution(Cause.DELEVERAGED)
    held = {"BTC": SPOT, "USDT": CASH - 2, **coins}
    found = compared(replace(AGREED, executions=(taken,), positions=positions, coins=held))
    assert {(step.act, step.by_itself) for step in found.plan if step.subject == PEPE.symbol} <= {
        (Act.ADOPT, False),
        (Act.EXCLUDE, False),
    }
    assert (Act.HEDGE, BTC.symbol, True) in plan(found)
    foreign = compared(replace(AGREED, executions=(taken,), positions=(), coins={**held, "BTC": SPOT + 1}))
    assert (Act.HEDGE, BTC.symbol, True) not in plan(foreign)  # of its own pair nothing is known for certain


def test_a_trade_of_somebody_else_waits_for_a_person_who_may_adopt_it() -> None:
    other = execution(qty=D("0.5"), fee=D("0.03"))
    coins = {"BTC": SPOT, "USDT": CASH - D("0.5") - D("0.03")}
    venue = replace(AGREED, executions=(other,), positions=(replace(HELD, qty=D("-1.5")),), coins=coins)
    found = compared(venue)
    assert kinds(found) == [Kind.FOREIGN_EXECUTION, Kind.POSITION]
    assert plan(found) == [(Act.ADOPT, BTC.symbol, False)]
    (step,) = found.plan
    adopted = compared(venue, [*LINES, *step.lines], executed=["e1"])
    assert (kinds(adopted), [line.reason for line in step.lines]) == ([Kind.UNHEDGED], [None])


def test_a_position_and_coins_nobody_booked_are_adopted_against_a_transfer() -> None:
    found = compared(lines=LINES[:1])
    assert kinds(found) == [Kind.POSITION, Kind.COIN]
    assert plan(found) == [(Act.ADOPT, BTC.symbol, False)]
    (step,) = found.plan
    assert [line.kind for line in step.lines] == ["transfer", "fill", "fill"]
    book = book_of([*LINES[:1], *step.lines])
    assert (book.positions[BTC.symbol].qty, book.positions[BTC.symbol].spot, book.cash) == (D(2), SPOT, D(10_000))


def test_a_long_a_dated_future_and_coins_without_a_short_are_left_to_their_owner() -> None:
    long = VenuePosition(PEPE.symbol, D(500), D(1), D(1), D(2), None)
    future = VenuePosition("BTC-26DEC25", D(-1), D(1), D(1), D(2), None)
    venue = replace(AGREED, positions=(HELD, long, future))
    found = compared(venue)
    assert {(step.act, step.subject) for step in found.plan} == {
        (Act.EXCLUDE, PEPE.symbol),
        (Act.EXCLUDE, "BTC-26DEC25"),
    }
    assert compared(venue, excluded=[PEPE.symbol, "BTC-26DEC25"]).agreed
    coins = {**AGREED.coins, "PEPE": D(12)}
    assert plan(compared(replace(AGREED, coins=coins))) == [(Act.EXCLUDE, PEPE.symbol, False)]
    assert compared(replace(AGREED, coins=coins), excluded=["PEPE"]).agreed


def test_less_than_a_lot_of_a_coin_and_coins_of_no_pair_are_no_difference() -> None:
    coins = {**AGREED.coins, "MNT": D(5), "PEPE": D("0.09"), "BTC": SPOT + D("0.0000009")}
    assert compared(replace(AGREED, coins=coins)).agreed


def test_an_open_order_is_withdrawn_if_it_is_ours_and_left_to_a_person_if_not() -> None:
    shown = VenueOrder(BTC.symbol, Leg.PERP, ORDER.client_id, "v1", Side.SELL, D(1), D(0), True, "New")
    ours = compared(replace(AGREED, open_orders=(shown,)), orders=[replace(ORDER, state=OrderState.FILLED)])
    assert (kinds(ours), plan(ours)) == ([Kind.STRAY_ORDER], [(Act.CANCEL, ORDER.client_id, True)])
    foreign = compared(replace(AGREED, open_orders=(replace(shown, client_id=None),)))
    assert (kinds(foreign), plan(foreign)) == ([Kind.FOREIGN_ORDER], [(Act.EXCLUDE, BTC.symbol, False)])
    assert compared(replace(AGREED, open_orders=(replace(shown, client_id=None),)), excluded=[BTC.symbol, "BTC"]).agreed


@pytest.mark.parametrize(
    ("off", "by_itself"), [("0.000001", True), ("-0.0000003", True), ("0.000002", False), ("-9", False)]
)
def test_a_rounding_is_booked_and_more_is_asked_about(off: str, by_itself: bool) -> None:
    venue = replace(AGREED, coins={"BTC": SPOT, "USDT": CASH + D(off)})
    found = compared(venue)
    assert (kinds(found), plan(found)) == ([Kind.CASH], [(Act.ADJUST, "USDT", by_itself)])
    assert compared(venue, [*LINES, *found.plan[0].lines]).agreed


DELIVERED = execution(Cause.DELIVERED)
WITHDRAWN = Flow("f1", FlowKind.TRANSFER, "BTC", D(-1), NOW - 1, "TRANSFER_OUT")


def test_what_no_market_takes_any_more_waits_for_a_person_and_leaves_at_the_price_its_short_was_settled_at() -> None:
    ended = replace(AGREED, positions=(), coins={"BTC": SPOT, "USDT": CASH - 2}, executions=(DELIVERED,))
    found = compared(ended, spotless=[BTC.symbol])
    assert plan(found) == [(Act.BOOK, BTC.symbol, True), (Act.HEDGE, BTC.symbol, False)]
    assert "its spot market is gone" in found.plan[1].words
    assert plan(compared(ended))[1] == (Act.HEDGE, BTC.symbol, True)
    taken = replace(ended, coins={"BTC": SPOT - 1, "USDT": CASH - 2}, flows=(WITHDRAWN,))
    (_, out, rest) = compared(taken, spotless=[BTC.symbol]).plan
    assert [(line.kind, line.cash) for line in out.lines] == [
        (LineKind.DELISTING, D(101)),
        (LineKind.TRANSFER, D(-101)),
    ]
    assert (out.by_itself, rest.act, rest.by_itself) == (True, Act.HEDGE, False)
    again = compared(taken, [*LINES, *found.plan[0].lines, *out.lines], executed=["e1"], spotless=[BTC.symbol])
    assert plan(again) == [(Act.HEDGE, BTC.symbol, False)]
    booked = [*LINES, *found.plan[0].lines]
    (left,) = compared(ended, booked, executed=["e1"], excluded=[BTC.symbol, "BTC"], spotless=[BTC.symbol]).plan
    assert (left.by_itself, sum(line.cash for line in left.lines), left.lines[0].qty) == (True, 0, SPOT)


@pytest.mark.parametrize(
    "flow", [replace(WITHDRAWN, kind=FlowKind.OTHER), replace(WITHDRAWN, change=D(1)), replace(WITHDRAWN, coin="ETH")]
)
def test_of_a_coin_that_is_stranded_nothing_but_its_withdrawal_is_booked_by_itself(flow: Flow) -> None:
    gone = replace(AGREED, positions=(), coins={"USDT": CASH - 2}, executions=(DELIVERED,), flows=(flow,))
    found = compared(gone, spotless=[BTC.symbol])
    assert plan(found)[1:] == [(Act.ADOPT, BTC.symbol, False)]
    assert {line.price for line in found.plan[1].lines if line.leg} == {DELIVERED.price}


def test_a_coin_that_is_taken_out_of_a_hedge_is_a_person_s_matter() -> None:
    found = compared(replace(AGREED, coins={"BTC": SPOT - 1, "USDT": CASH}, flows=(WITHDRAWN,)), spotless=[BTC.symbol])
    assert (kinds(found), plan(found)) == ([Kind.COIN], [(Act.ADOPT, BTC.symbol, False)])
