"""Payments owed: which settlements a portfolio was there for and has not booked, from nothing but its own ledger.

A settlement may be learnt of late, after an outage or after its position is gone; it is paid for what was held then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from fundarb.domain.ledger import LEG_KINDS, LedgerLine, LineKind
from fundarb.domain.money import ZERO
from fundarb.domain.orders import Leg, Side


class Due(NamedTuple):
    """A settlement to be booked: when, and for how much of the perp."""

    at_ms: int
    qty: Decimal


class _Step(NamedTuple):
    """What was short from a moment on. A liquidation comes before a settlement of the same instant, all else after it."""

    at_ms: int
    qty: Decimal
    forced: bool


class Dues:
    """Follows the ledger line by line."""

    def __init__(self, lines: Iterable[LedgerLine] = ()) -> None:
        self._steps: dict[str, list[_Step]] = {}
        self._paid: dict[str, int] = {}
        self.follow(lines)

    def follow(self, lines: Iterable[LedgerLine]) -> None:
        """What was just booked."""
        for line in lines:
            if line.pair is None:
                continue
            if line.kind is LineKind.FUNDING:
                self._paid[line.pair] = max(line.at_ms, self._paid.get(line.pair, 0))
            elif line.kind in LEG_KINDS and line.leg is Leg.PERP and line.qty is not None:
                steps = self._steps.setdefault(line.pair, [])
                before = steps[-1].qty if steps else ZERO
                moved = line.qty if line.side is Side.SELL else -line.qty
                steps.append(_Step(line.at_ms, before + moved, line.kind is LineKind.LIQUIDATION))

    def pairs(self) -> list[str]:
        """Those that were ever held, in symbol order."""
        return sorted(self._steps)

    def since_ms(self, pair: str) -> int:
        """Settlements after this moment may be owed."""
        steps = self._steps.get(pair, ())
        return max(self._paid.get(pair, 0), steps[0].at_ms if steps else 0)

    def owed(self, pair: str, stamps: Sequence[int]) -> list[Due]:
        """Of these settlements, oldest first, those that are not booked and found a position."""
        since_ms = self.since_ms(pair)
        found = (Due(at_ms, self.held_at(pair, at_ms)) for at_ms in stamps if at_ms > since_ms)
        return [due for due in found if due.qty]

    def held_at(self, pair: str, at_ms: int) -> Decimal:
        """What a settlement at this moment finds."""
        qty = ZERO
        for step in self._steps.get(pair, ()):
            if step.at_ms < at_ms or (step.at_ms == at_ms and step.forced):
                qty = step.qty
        return qty
