"""The leg policy against any market: whatever is filled, it ends hedged, within bounds, and turns nothing round."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.money import ZERO, floor_to
from fundarb.domain.orders import Leg, Side
from fundarb.engine.orders.hedging import COMPLETING, ENTERING, LEAVING, REDUCING
from fundarb.engine.orders.legs import Bounds, Move, Stand, Step, Terms, leftover, matched, next_move
from fundarb.risk.delta import hedged, net_delta
from tests.engine.live.episodes import BTC, PEPE

D = Decimal
FEE = D("0.001")
PRICE = {BTC.symbol: D(100), PEPE.symbol: D("0.001")}


def terms(pair: Pair, *, in_base: bool = True) -> Terms:
    """A pair at its usual price."""
    return Terms(pair, FEE, in_base, PRICE[pair.symbol], PRICE[pair.symbol] * pair.multiplier)


def filled(stand: Stand, move: Move, share: Fraction, pair: Pair, *, in_base: bool = True) -> Stand:
    """What is held once a share of an order was filled, in whole lots."""
    lots = pair.spot_lots if move.leg is Leg.SPOT else pair.perp_lots
    qty = floor_to(Fraction(move.qty) * share, lots.step)
    if move.leg is Leg.PERP:
        return Stand(stand.spot, stand.short + (qty if move.side is Side.SELL else -qty))
    arrives = qty * (1 - FEE) if in_base and move.side is Side.BUY else qty
    return Stand(stand.spot + (arrives if move.side is Side.BUY else -qty), stand.short)


def carried_out(
    pair: Pair, start: Stand, goal: Decimal, first: Leg, bounds: Bounds, shares: list[Fraction], *, in_base: bool = True
) -> tuple[Stand, Counter[Step], list[Move]]:
    """The policy to its end; when the shares run out, everything is filled."""
    stand, tried, moves = start, Counter[Step](), list[Move]()
    while move := next_move(terms(pair, in_base=in_base), stand, goal, first, tried, bounds):
        tried[move.step] += 1
        moves.append(move)
        stand = filled(stand, move, shares.pop(0) if shares else Fraction(1), pair, in_base=in_base)
        assert stand.spot >= 0
        assert stand.short >= 0
    return stand, tried, moves


pairs = st.sampled_from([BTC, PEPE])
legs = st.sampled_from(list(Leg))
shares = st.lists(st.fractions(0, 1) | st.just(Fraction(0)) | st.just(Fraction(1, 1000)), max_size=8)


@given(pairs, st.integers(60, 5000), legs, shares, st.booleans())
def test_an_entry_ends_hedged_or_with_nothing_within_its_bounds(
    pair: Pair, lots: int, first: Leg, parts: list[Fraction], in_base: bool
) -> None:
    goal = lots * pair.perp_lots.step
    stand, tried, moves = carried_out(pair, Stand(), goal, first, ENTERING, parts, in_base=in_base)
    assert stand.short <= goal
    assert all(tried[step] <= ENTERING[step] for step in Step)
    assert moves[0].leg is first
    if tried[Step.REDUCE] < ENTERING[Step.REDUCE] and not leftover(terms(pair), stand):
        assert hedged(pair, stand.spot, stand.short)


@given(pairs, st.integers(60, 5000), legs, shares)
def test_an_exit_never_grows_anything_and_ends_flat_once_the_books_give(
    pair: Pair, lots: int, first: Leg, parts: list[Fraction]
) -> None:
    short = lots * pair.perp_lots.step
    start = Stand(short * pair.multiplier + pair.spot_lots.step / 2, short)
    stand, tried, moves = carried_out(pair, start, ZERO, first, LEAVING, parts[:3])
    assert all((move.leg is Leg.SPOT) is (move.side is Side.SELL) for move in moves)
    assert stand.short == 0
    assert stand.spot < pair.spot_lots.step or leftover(terms(pair), stand) or tried[Step.FIRST] == LEAVING[Step.FIRST]


@given(pairs, st.integers(0, 3000), st.integers(0, 3000), shares)
def test_healing_only_reduces_and_leaves_no_more_than_a_lot_open(
    pair: Pair, spot_lots: int, short_lots: int, parts: list[Fraction]
) -> None:
    step = pair.perp_lots.step
    start = Stand(spot_lots * step * pair.multiplier, short_lots * step)
    stand, _, moves = carried_out(pair, start, matched(pair, start), Leg.SPOT, REDUCING, parts[:4])
    assert all((move.leg is Leg.SPOT) is (move.side is Side.SELL) for move in moves)
    assert stand.spot <= start.spot
    assert stand.short <= start.short
    if not leftover(terms(pair), stand):
        assert abs(net_delta(stand.spot, stand.short, pair.multiplier)) < pair.spot_lots.step + step * pair.multiplier


@given(pairs, st.integers(60, 3000), legs, shares)
def test_an_entry_cut_short_is_completed_or_taken_back(pair: Pair, lots: int, leg: Leg, parts: list[Fraction]) -> None:
    goal = lots * pair.perp_lots.step
    start = Stand(goal * pair.multiplier, ZERO) if leg is Leg.SPOT else Stand(ZERO, goal)
    stand, _, moves = carried_out(pair, start, goal, Leg.SPOT, COMPLETING, [])
    assert hedged(pair, stand.spot, stand.short)
    assert stand.short == goal
    assert [move.step for move in moves] == [Step.COMPLETE]
    stand, _, _ = carried_out(pair, start, goal, Leg.SPOT, COMPLETING, [Fraction(0)] * 3)
    assert hedged(pair, stand.spot, stand.short) or leftover(terms(pair), stand)
    assert stand.short == 0


@given(pairs, st.integers(60, 3000), st.integers(1, 99))
def test_a_guard_cuts_both_legs_to_the_same(pair: Pair, lots: int, percent: int) -> None:
    short = lots * pair.perp_lots.step
    goal = floor_to(Fraction(short) * percent / 100, pair.perp_lots.step)
    start = Stand(short * pair.multiplier + pair.spot_lots.step / 2, short)
    stand, _, moves = carried_out(pair, start, goal, Leg.SPOT, REDUCING, [])
    assert all((move.leg is Leg.SPOT) is (move.side is Side.SELL) for move in moves)
    assert hedged(pair, stand.spot, stand.short)
    too_small_to_sell = D("0.052") if pair is BTC else ZERO  # 5.2 in quote: cut a little deeper, so that it can be sold
    assert goal - too_small_to_sell <= stand.short < short or not moves


def test_an_excess_too_small_to_sell_grows_by_buying_perp_back_first() -> None:
    start = Stand(D("1.03"), D(1))
    moves = carried_out(BTC, start, D(1), Leg.SPOT, REDUCING, [])[2]
    assert [(move.leg, move.side) for move in moves] == [(Leg.PERP, Side.BUY), (Leg.SPOT, Side.SELL)]
    assert moves[1].qty * 100 >= BTC.spot_lots.min_notional


def test_what_is_below_a_minimum_is_left_over_and_not_sent() -> None:
    stand = Stand(D("0.04"), ZERO)
    assert leftover(terms(BTC), stand)
    assert next_move(terms(BTC), stand, ZERO, Leg.SPOT, {}, LEAVING) is None
    assert not leftover(terms(BTC), Stand(D("0.06"), ZERO))


@pytest.mark.parametrize("first", list(Leg))
def test_a_hedged_position_at_its_goal_asks_for_nothing(first: Leg) -> None:
    assert next_move(terms(BTC), Stand(D("2.0000004"), D(2)), D(2), first, {}, REDUCING) is None


def test_a_completion_too_small_to_send_is_taken_back_instead() -> None:
    lots = LotRule(D("0.001"), D("0.001"), D(5))
    pair = Pair("BTC/USDT:USDT", "BTC/USDT", D(1), lots, lots)
    move = next_move(terms(pair), Stand(D(1), D("1.02")), D("1.02"), Leg.PERP, {Step.FIRST: 1}, ENTERING)
    assert move == Move(Leg.PERP, Side.BUY, D("0.020"), Step.REDUCE)
