"""One look at all tickers: turnover, open interest and mark as seen now, and the rate predicted for the next settlement."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from fundarb.domain.market import PredictedRate, Snapshot
from fundarb.engine.collect.shelf import Shelf
from fundarb.ports.venue import Ticker


async def store_tickers(shelf: Shelf, tickers: Iterable[Ticker], symbols: Collection[str]) -> dict[str, int]:
    """Store what is seen of these pairs; the time of each that was there."""
    seen = [one for one in tickers if one.symbol in symbols]
    async with shelf.transaction() as writer:
        await writer.put_snapshots(
            Snapshot(one.symbol, one.observed_at_ms, one.quote_volume, one.open_interest, one.mark) for one in seen
        )
        await writer.put_predicted([rate for one in seen if (rate := predicted(one)) is not None])
    return {one.symbol: one.observed_at_ms for one in seen}


def predicted(one: Ticker) -> PredictedRate | None:
    """The rate announced for a settlement still to come, where there is one."""
    if one.predicted_rate is None or one.next_settlement_ms is None or one.next_settlement_ms <= one.observed_at_ms:
        return None
    return PredictedRate(one.symbol, one.observed_at_ms, one.next_settlement_ms, one.predicted_rate)


def last_due(one: Ticker) -> int | None:
    """When the venue settled last, by the settlement it announces and the interval in force."""
    if one.next_settlement_ms is None or not one.interval_ms:
        return None
    return one.next_settlement_ms - one.interval_ms
