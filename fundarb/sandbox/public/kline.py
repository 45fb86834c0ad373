"""The four kline paths: newest first, the candle containing the start and the one that is open now among them.

Which end survives where start and end hold more than the limit is not known of the real venue, hence the switch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import orjson

from fundarb.sandbox.envelope import Refusal, Request
from fundarb.sandbox.market.source import DAY, MINUTE, Category, Instrument, MarketSource, Row, Series
from fundarb.sandbox.public.asking import BAD_PARAMETER, limit_of, moment_of, require_ordered, required
from fundarb.sandbox.public.catalogue import Catalogue, category_of

Truncation = Literal["newest", "oldest"]
PAGE, LARGEST_PAGE = 200, 1000
SPANS_MS = {str(minutes): minutes * MINUTE for minutes in (1, 3, 5, 15, 30, 60, 120, 240, 360, 720)} | {"D": DAY}
_TRADED = '["%d","%s","%s","%s","%s","%s","%s"]'.__mod__
_PRICED = '["%d","%s","%s","%s","%s"]'.__mod__


class Klines:
    """Answers one kline path: `series` is mark, index or premium, None the traded candles of the category asked for."""

    def __init__(
        self, market: MarketSource, catalogue: Catalogue, series: Series | None, truncation: Truncation
    ) -> None:
        self._market, self._catalogue, self._series, self._truncation = market, catalogue, series, truncation

    def answer(self, request: Request) -> Mapping[str, Any]:
        """One page; the rows are rendered in one go, since pages of a thousand are what is mostly asked."""
        params, now_ms = {"category": "linear", **request.params}, request.now_ms
        category: Category = category_of(params, ("linear",)) if self._series else category_of(params)
        instrument = self._catalogue.asked(params, now_ms, category)
        span_ms = _span_of(params)
        window = self._window(params, instrument, span_ms, now_ms)
        series = self._series or category
        rows = self._market.candles(instrument.symbol, series, span_ms, *window, now_ms) if window else []
        page = orjson.Fragment(_rendered(rows, _PRICED if self._series else _TRADED))
        return {"category": category, "symbol": instrument.symbol, "list": page}

    def _window(
        self, params: Mapping[str, Any], instrument: Instrument, span_ms: int, now_ms: int
    ) -> tuple[int, int] | None:
        """The starts of the first and the last candle of the page; None where the time asked for holds none."""
        limit = limit_of(params, PAGE, LARGEST_PAGE)
        start_ms, end_ms = moment_of(params, "start"), moment_of(params, "end")
        require_ordered(start_ms, end_ms)
        ends_ms = now_ms if instrument.gone_ms is None else min(now_ms, instrument.gone_ms - 1)
        last_ms = _floor(ends_ms if end_ms is None else min(ends_ms, end_ms), span_ms)
        first_ms = max(_floor(start_ms or 0, span_ms), _floor(instrument.launch_ms, span_ms))
        if first_ms > last_ms:
            return None
        room_ms = (limit - 1) * span_ms
        if start_ms is not None and (end_ms is None or self._truncation == "oldest"):
            return first_ms, min(last_ms, first_ms + room_ms)
        return max(first_ms, last_ms - room_ms), last_ms


def _span_of(params: Mapping[str, Any]) -> int:
    """Milliseconds of `interval`; weeks and months, which are no multiple of a day on this grid, are not served."""
    span_ms = SPANS_MS.get(required(params, "interval"))
    if span_ms is None:
        raise Refusal(BAD_PARAMETER, "Invalid period!")
    return span_ms


def _floor(at_ms: int, span_ms: int) -> int:
    return at_ms - at_ms % span_ms


def _rendered(rows: list[Row], row_text: Callable[[Any], str]) -> bytes:
    """The rows as JSON, newest first; digits need no escaping."""
    shown = rows if row_text is _TRADED else [row[:5] for row in rows]
    return f"[{','.join(map(row_text, reversed(shown)))}]".encode()
