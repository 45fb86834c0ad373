"""`/v5/market/funding/history`: settled rates newest first, the end inclusive, the newest kept where a window overflows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fundarb.sandbox.envelope import Refusal, Request
from fundarb.sandbox.market.source import MarketSource
from fundarb.sandbox.public.asking import BAD_PARAMETER, limit_of, moment_of, require_ordered
from fundarb.sandbox.public.catalogue import Catalogue, category_of

PAGE = 200


class FundingHistory:
    """Answers funding/history."""

    def __init__(self, market: MarketSource, catalogue: Catalogue) -> None:
        self._market, self._catalogue = market, catalogue

    def answer(self, request: Request) -> Mapping[str, Any]:
        """What settled up to now; a start without an end is an error of the venue's own."""
        params, now_ms = request.params, request.now_ms
        category = category_of(params, ("linear",))
        instrument = self._catalogue.asked(params, now_ms, category)
        limit = limit_of(params, PAGE, PAGE)
        first_ms, last_ms = moment_of(params, "startTime"), moment_of(params, "endTime")
        if first_ms is not None and last_ms is None:
            raise Refusal(BAD_PARAMETER, "Time Is Invalid")
        require_ordered(first_ms, last_ms)
        rows = self._settled(
            instrument.symbol, first_ms or 0, min(now_ms, now_ms if last_ms is None else last_ms), limit
        )
        listed = [
            {"symbol": instrument.symbol, "fundingRate": rate, "fundingRateTimestamp": str(stamp_ms)}
            for stamp_ms, rate in rows
        ]
        return {"category": category, "list": listed}

    def _settled(self, symbol: str, first_ms: int, last_ms: int, newest: int) -> list[tuple[int, str]]:
        return self._market.settlements(symbol, first_ms, last_ms, newest) if first_ms <= last_ms else []
