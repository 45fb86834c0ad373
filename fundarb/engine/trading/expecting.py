"""What a settlement should have paid, reckoned apart from what was booked: the short that the ledger held then, at the mark
the venue names and the rate it published."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from fundarb.domain.ledger import LedgerLine
from fundarb.domain.money import ZERO, canonical
from fundarb.engine.trading.dues import Dues
from fundarb.engine.trading.live_view import LiveView

ROUNDED, RELATIVE = Decimal("0.000001"), Decimal("0.0001")  # what a venue's rounding may leave


class Expecting:
    """Follows one ledger."""

    def __init__(self, lines: Iterable[LedgerLine]) -> None:
        self._dues = Dues(lines)

    def follow(self, lines: Iterable[LedgerLine]) -> None:
        """What was just booked."""
        self._dues.follow(lines)

    def beside(self, line: LedgerLine, view: LiveView) -> dict[str, Any]:
        """A payment with what was expected of it; `flagged` says what does not fit."""
        assert line.pair is not None
        held, mark, told = self._dues.held_at(line.pair, line.at_ms), line.price or ZERO, line.rate or ZERO
        published = _published(view, line.pair, line.at_ms)
        rate = told if published is None else published
        expected = held * mark * rate
        difference = line.cash - expected
        found = {"booked": line.cash, "expected": expected, "difference": difference}
        found |= {"rate": rate, "mark": mark, "qty": held}
        document: dict[str, Any] = {name: canonical(value) for name, value in found.items()}
        if abs(difference) > ROUNDED + abs(expected) * RELATIVE:
            document["flagged"] = _why(line, held, told, rate)
        return document


def _published(view: LiveView, pair: str, at_ms: int) -> Decimal | None:
    """The rate of a settlement in the history; None where it is not there yet."""
    if pair not in view.picture.market.index:
        return None
    market = view.market(pair)
    rows = market.settlements.rows(market.index)
    stamps = market.settlements.settled_at[rows].tolist()
    return market.settlements.rate_exact(rows.start + stamps.index(at_ms)) if at_ms in stamps else None


def _why(line: LedgerLine, held: Decimal, told: Decimal, rate: Decimal) -> str:
    """Which of the factors is another one."""
    if line.qty != held:
        return f"paid for {canonical(line.qty or ZERO)}, the ledger held {canonical(held)}"
    if told != rate:
        return f"paid at a rate of {canonical(told)}, published was {canonical(rate)}"
    return "quantity, mark and rate are as expected, the amount is not"
