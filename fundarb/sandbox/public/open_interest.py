"""`/v5/market/open-interest`: newest first from the end on, the end inclusive, a start without an end ignored, in pages."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from fundarb.sandbox.envelope import Refusal, Request
from fundarb.sandbox.market.source import DAY, HOUR, MINUTE, Instrument, MarketSource
from fundarb.sandbox.public.asking import BAD_PARAMETER, limit_of, moment_of, require_ordered, required
from fundarb.sandbox.public.catalogue import Catalogue, category_of
from fundarb.sandbox.public.cursors import after_last, cursor_to, whole_in_cursor
from fundarb.sandbox.public.digits import HALF, plain

PAGE, LARGEST_PAGE = 50, 200
SPANS_MS = {
    "5min": 5 * MINUTE,
    "15min": 15 * MINUTE,
    "30min": 30 * MINUTE,
    "1h": HOUR,
    "4h": 4 * HOUR,
    "1d": DAY,
}
_SECOND = 1_000


class OpenInterest:
    """Answers open-interest."""

    def __init__(self, market: MarketSource, catalogue: Catalogue) -> None:
        self._market, self._catalogue = market, catalogue

    def answer(self, request: Request) -> Mapping[str, Any]:
        """One page, and the cursor to what is older."""
        params, now_ms = request.params, request.now_ms
        category = category_of(params, ("linear",))
        instrument = self._catalogue.asked(params, now_ms, category)
        span_ms = SPANS_MS.get(required(params, "intervalTime"))
        if span_ms is None:
            raise Refusal(BAD_PARAMETER, "params error: intervalTime invalid")
        first_ms, last_ms = _window(params, instrument, span_ms, now_ms)
        page_ms = max(first_ms, last_ms - (limit_of(params, PAGE, LARGEST_PAGE) - 1) * span_ms)
        rows = self._market.open_interest(instrument.symbol, span_ms, page_ms, last_ms) if page_ms <= last_ms else []
        return {
            "symbol": instrument.symbol,
            "category": category,
            "list": [_row(stamp_ms, digits) for stamp_ms, digits in reversed(rows)],
            "nextPageCursor": _cursor(rows, more=page_ms > first_ms),
        }


def _window(params: Mapping[str, Any], instrument: Instrument, span_ms: int, now_ms: int) -> tuple[int, int]:
    """First and last stamp wanted, the last on the grid; from the cursor on where there is one."""
    start_ms, end_ms = moment_of(params, "startTime"), moment_of(params, "endTime")
    require_ordered(start_ms, end_ms)
    if end_ms is None:
        start_ms = None
    latest_ms = now_ms if instrument.gone_ms is None else min(now_ms, instrument.gone_ms - 1)
    last_ms = latest_ms if end_ms is None else min(latest_ms, end_ms)
    before_s = whole_in_cursor(params, "lasttime")
    if before_s is not None:
        last_ms = min(last_ms, before_s * _SECOND - 1)
    first_ms = max(start_ms or 0, instrument.launch_ms)
    return -(-first_ms // span_ms) * span_ms, last_ms // span_ms * span_ms


def _row(stamp_ms: int, digits: str) -> dict[str, str]:
    return {
        "openInterest": digits,
        "singleOpenInterest": plain(Decimal(digits) * HALF),
        "timestamp": str(stamp_ms),
    }


def _cursor(rows: list[tuple[int, str]], *, more: bool) -> str:
    if not rows:
        return ""
    cursor = cursor_to(lastid=1, lasttime=rows[0][0] // _SECOND)
    return cursor if more else after_last(cursor)
