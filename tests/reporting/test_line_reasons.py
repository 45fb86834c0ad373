"""Each reason for which trading and a backtest of what it recorded come apart, and that nothing else is explained away."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from fundarb.domain.instants import HOUR, MINUTE
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.orders import Leg, Side
from fundarb.reporting import line_reasons as reasons
from fundarb.reporting.line_differences import UNEXPLAINED, difference_rows, reasoned
from fundarb.reporting.line_reasons import Decided, decided_of

A, B = "A/USDT:USDT", "B/USDT:USDT"
T0 = 480_000 * HOUR
LATER = T0 + 8 * HOUR
ON_TIME = [Decided(T0, T0 + 3_000, frozenset()), Decided(LATER, LATER + 3_000, frozenset())]
Lines = list[LedgerLine]


def perp(
    at_ms: int,
    side: Side,
    qty: str = "1",
    reason: str | None = "rate",
    *,
    pair: str = A,
    kind: LineKind = LineKind.FILL,
    price: str = "100",
) -> LedgerLine:
    return LedgerLine(at_ms, kind, pair, Decimal(0), Leg.PERP, side, Decimal(qty), Decimal(price), reason=reason)


def paid(at_ms: int, qty: str = "1", pair: str = A) -> LedgerLine:
    cash = Decimal(qty) / 100
    return LedgerLine(
        at_ms, LineKind.FUNDING, pair, cash, Leg.PERP, None, Decimal(qty), Decimal(100), rate=Decimal("0.0001")
    )


def because(ours: Lines, theirs: Lines, cycles: list[Decided]) -> list[str | None]:
    return [row["because"] for row in difference_rows(ours, theirs, cycles)]


def test_what_is_the_same_needs_no_reason_and_a_price_has_its_own() -> None:
    opened = perp(T0, Side.SELL)
    dearer = perp(T0 + 3_000, Side.SELL, price="101")
    assert because([opened], [opened], ON_TIME) == [None]
    assert because([dearer], [opened], ON_TIME) == [reasons.PRICED]
    ended = perp(LATER, Side.BUY, kind=LineKind.DELISTING)
    assert because([ended._replace(at_ms=LATER + MINUTE, price=Decimal(99))], [ended], ON_TIME) == [reasons.LATE]


def test_a_settlement_nobody_looked_at_is_decided_late_and_what_comes_of_it_follows() -> None:
    cycles = [Decided(LATER, LATER + 5 * HOUR, frozenset())]
    theirs = [perp(T0, Side.SELL, "2"), paid(LATER, "2"), perp(LATER + 8 * HOUR, Side.BUY, "2")]
    ours = [perp(LATER + 5 * HOUR, Side.SELL, "1"), perp(LATER + 8 * HOUR, Side.BUY, "1")]
    assert because(ours, theirs, cycles) == [reasons.MISSED, reasons.FOLLOWS, reasons.LATE, reasons.FOLLOWS]


def test_a_pair_left_ahead_of_its_end_is_paid_no_more_and_what_it_makes_room_for_follows() -> None:
    held = perp(T0 - 8 * HOUR, Side.SELL)
    ours = [held, perp(T0, Side.BUY, reason="delisting"), perp(LATER + 3_000, Side.SELL, pair=B)]
    theirs = [held, paid(LATER), perp(LATER + HOUR + 1, Side.BUY, reason="delisting", kind=LineKind.DELISTING)]
    assert because(ours, theirs, ON_TIME) == [None, reasons.AHEAD, reasons.FOLLOWS, reasons.FOLLOWS, reasons.FOLLOWS]


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        ([perp(T0 + HOUR, Side.BUY, reason="margin")], [], reasons.BETWEEN),
        ([perp(T0 + HOUR, Side.BUY, reason=None, kind=LineKind.GUARD)], [], reasons.BETWEEN),
        ([], [perp(T0 + HOUR, Side.BUY, reason=None, kind=LineKind.GUARD)], reasons.CANDLES),
        ([], [perp(T0 + HOUR, Side.BUY, kind=LineKind.LIQUIDATION)], reasons.CANDLES),
        ([LedgerLine(T0 + HOUR, LineKind.TRANSFER, None, Decimal(5))], [], reasons.OUTSIDE),
        ([perp(T0, Side.SELL, "2")], [perp(T0, Side.SELL, "1")], reasons.SIZED),
        ([perp(T0 + 3_000, Side.BUY, reason="delisting")], [perp(T0, Side.BUY)], reasons.AHEAD),
        ([], [paid(T0)], None),
        ([paid(T0)], [], None),
        ([], [perp(T0, Side.SELL)], None),
        ([perp(T0 + 3_000, Side.SELL)], [], None),
        ([perp(T0 + 3_000, Side.BUY, reason="rate")], [perp(T0, Side.BUY, reason="stale")], None),
    ],
)
def test_what_looks_and_candles_see_apart_is_said_and_what_they_should_see_alike_is_not_explained(
    ours: Lines, theirs: Lines, said: str | None
) -> None:
    rows = difference_rows(ours, theirs, ON_TIME)
    assert [row["because"] for row in rows] == [said]
    assert reasoned(rows) == {said or UNEXPLAINED: 1}


def test_an_entry_that_was_refused_names_what_refused_it() -> None:
    told = [
        (at_ms + 3_000, json.dumps({"boundary": at_ms, "tally": [0, 0, 0, counts]}))
        for at_ms, counts in ((T0, {"halted": 2}), (LATER, {"halted": 2, "delisting_notice": 1}))
    ]
    cycles = decided_of(told)
    assert [one.refused for one in cycles] == [{"halted"}, {"delisting_notice"}]
    assert because([], [perp(LATER, Side.SELL)], cycles) == [f"{reasons.REFUSED}delisting_notice"]
    assert because([], [perp(LATER, Side.BUY)], cycles) == [None]
