"""What dust is worth at every event of a replay, exactly, in whole numbers: a pair's leavings are priced once, for all the
events that follow, when they are left. Where 64 bits might not do, Python's integers take over."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fundarb.domain.money import ZERO
from fundarb.engine.market import Market
from fundarb.engine.strips import Strips
from fundarb.engine.timeline import Timeline

Left = Sequence[tuple[str, Decimal]]
_ROOM = 2**61


class DustLine:
    """The worth of all dust at each event, kept up as more is left."""

    def __init__(self, market: Market, timeline: Timeline, strips: Strips | None = None) -> None:
        self._strips = strips if strips is not None else Strips(market, timeline)
        self._units: NDArray[Any] = np.zeros(len(timeline.times), dtype=np.int64)
        self._largest = 0
        self._places = 0
        self._source: Left | None = None
        self._seen = 0

    def worth(self, left: Left, event: int) -> Decimal:
        """What is left is worth at an event: each pair's at its spot's last close known.

        The first list asked about is the portfolio's own (empty, at the first event); any other is a trial's."""
        if self._source is None:
            self._source = left
        if not left:
            return ZERO
        if left is not self._source:  # a trial's: the same leavings and perhaps one more
            return self._total(event) + sum((self._one(pair, qty, event) for pair, qty in left[self._seen :]), ZERO)
        for pair, qty in left[self._seen :]:
            self._add(pair, qty, event)
        self._seen = len(left)
        return self._total(event)

    def _total(self, event: int) -> Decimal:
        units = self._units.item(event)
        return Decimal(units).scaleb(-self._places) if units else ZERO

    def _one(self, pair: str, qty: Decimal, event: int) -> Decimal:
        closes, places, _ = self._closes(pair)
        return qty * Decimal(int(closes[event])).scaleb(-places)

    def _add(self, pair: str, qty: Decimal, event: int) -> None:
        """Price one leaving for this and all later events."""
        closes, places, highest = self._closes(pair)
        exponent = qty.as_tuple().exponent
        decimals = max(0, -exponent) if isinstance(exponent, int) else 0
        if places + decimals > self._places:
            self._widen(places + decimals)
        factor = int(qty.scaleb(decimals)) * 10 ** (self._places - places - decimals)
        self._largest += abs(factor) * highest
        if self._largest >= _ROOM or closes.dtype == object:
            self._units, closes = self._units.astype(object), closes.astype(object)
        self._units[event:] += factor * closes[event:]

    def _widen(self, places: int) -> None:
        """Give all that is priced so far more decimals."""
        factor = 10 ** (places - self._places)
        self._largest *= factor
        if max(self._largest, factor) >= _ROOM:  # the factor itself may not fit, even beside nothing but zeros
            self._units = self._units.astype(object)
        self._units *= factor
        self._places = places

    def _closes(self, pair: str) -> tuple[NDArray[Any], int, int]:
        """The spot's last close at every event as whole numbers, their decimals, and the highest (at least 1)."""
        return self._strips.closes(pair)
