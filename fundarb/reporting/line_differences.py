"""Two ledgers of the same decisions side by side, line by line: what is the same, what differs and in which factor.

Fills of one order in several levels count as one line. Lines are matched by pair, kind, leg and side, in order of time and
no further apart than `NEAR`; what has no match stands alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from fundarb.domain.instants import HOUR, iso
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.money import ZERO, canonical, quotient12
from fundarb.reporting.line_reasons import Decided, Reasons

NEAR = HOUR  # a cycle may come late: an outage ends a trader that lasts longer
SAME = "same"
UNEXPLAINED = "unexplained"
DIFFERENCE_COLUMNS = (
    *("time", "pair", "kind", "leg", "side", "qty", "backtest_qty", "price", "backtest_price"),
    *("cash", "backtest_cash", "difference", "why", "because"),
)


class Booked(NamedTuple):
    """A line, or the fills of one order together; `price` is their average."""

    at_ms: int
    pair: str | None
    kind: str
    leg: str | None
    side: str | None
    qty: Decimal | None
    price: Decimal | None
    cash: Decimal
    rate: Decimal | None
    reason: str | None

    @property
    def key(self) -> tuple[str, ...]:
        """What a line must share with its match."""
        return (self.pair or "", self.kind, self.leg or "", self.side or "")


def difference_rows(
    ours: Iterable[LedgerLine], theirs: Iterable[LedgerLine], cycles: Sequence[Decided] = ()
) -> list[dict[str, Any]]:
    """Every line of both ledgers but deposits, in order of time; `cycles` are what was decided on, oldest first."""
    mine, other = _by_key(_merged(ours)), _by_key(_merged(theirs))
    pairs = [found for key in mine.keys() | other.keys() for found in _matched(mine.get(key, []), other.get(key, []))]
    reasons = Reasons(cycles)
    return [_row(one, two, reasons) for one, two in sorted(pairs, key=_place)]


def counted(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """By cause: how many lines, and what they make of a difference in cash."""
    lines = Counter(row["why"] for row in rows)
    return {
        why: {
            "lines": count,
            "difference": canonical(sum((Decimal(row["difference"]) for row in rows if row["why"] == why), ZERO)),
        }
        for why, count in sorted(lines.items())
    }


def reasoned(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many lines differ for which reason."""
    return dict(sorted(Counter(row["because"] or UNEXPLAINED for row in rows if row["why"] != SAME).items()))


def _merged(lines: Iterable[LedgerLine]) -> Iterator[Booked]:
    own = [line for line in lines if line.kind is not LineKind.DEPOSIT]
    for (at_ms, pair, kind, leg, side), group in groupby(own, key=lambda one: (one[0], one[2], one[1], one[4], one[5])):
        fills = list(group)
        qty = None if fills[0].qty is None else sum((fill.qty or ZERO for fill in fills), ZERO)
        reason = next((fill.reason for fill in fills if fill.reason is not None), None)
        cash = sum((fill.cash for fill in fills), ZERO)
        yield Booked(at_ms, pair, str(kind), leg, side, qty, _average(fills, qty), cash, fills[0].rate, reason)


def _average(fills: Sequence[LedgerLine], qty: Decimal | None) -> Decimal | None:
    if len(fills) == 1 or not qty:
        return fills[0].price
    return quotient12(sum(((fill.qty or ZERO) * (fill.price or ZERO) for fill in fills), ZERO), qty)


def _by_key(lines: Iterable[Booked]) -> dict[tuple[str, ...], list[Booked]]:
    found: dict[tuple[str, ...], list[Booked]] = {}
    for line in lines:
        found.setdefault(line.key, []).append(line)
    return {key: sorted(each, key=lambda line: line.at_ms) for key, each in found.items()}


def _matched(ours: Sequence[Booked], theirs: Sequence[Booked]) -> Iterator[tuple[Booked | None, Booked | None]]:
    one = two = 0
    while one < len(ours) and two < len(theirs):
        apart = ours[one].at_ms - theirs[two].at_ms
        if abs(apart) <= NEAR:
            yield ours[one], theirs[two]
        elif apart < 0:
            yield ours[one], None
        else:
            yield None, theirs[two]
        one, two = one + (apart <= NEAR), two + (apart >= -NEAR)
    yield from ((line, None) for line in ours[one:])
    yield from ((None, line) for line in theirs[two:])


def _told(one: Booked | None, two: Booked | None) -> Booked:
    told = one or two
    assert told is not None, "a match has a side"
    return told


def _place(pair: tuple[Booked | None, Booked | None]) -> tuple[int, tuple[str, ...]]:
    told = _told(*pair)
    return told.at_ms, told.key


def _row(one: Booked | None, two: Booked | None, reasons: Reasons) -> dict[str, Any]:
    told, why = _told(one, two), _why(one, two)
    because = None if why == SAME else reasons.of(one, two, why)
    return {
        "time": iso(told.at_ms),
        "pair": told.pair,
        "kind": told.kind,
        "leg": None if told.leg is None else str(told.leg),
        "side": None if told.side is None else str(told.side),
        "qty": _text(one and one.qty),
        "backtest_qty": _text(two and two.qty),
        "price": _text(one and one.price),
        "backtest_price": _text(two and two.price),
        "cash": _text(one and one.cash),
        "backtest_cash": _text(two and two.cash),
        "difference": canonical((one.cash if one else ZERO) - (two.cash if two else ZERO)),
        "why": why,
        "because": because,
    }


def _why(one: Booked | None, two: Booked | None) -> str:
    """The first factor that differs."""
    if one is None or two is None:
        return "only in the backtest" if one is None else "only in the ledger"
    for name in ("qty", "rate", "price", "cash", "reason"):
        if getattr(one, name) != getattr(two, name):
            return name
    return SAME


def _text(value: Decimal | None) -> str | None:
    return None if value is None else canonical(value)
