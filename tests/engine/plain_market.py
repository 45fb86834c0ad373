"""Part of the second implementation of semantics.md: what is known of one pair at a time. Plain lists, exact fractions."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from tests.engine.worlds import Bar, Stream

HOUR = 3_600_000
DAY = 24 * HOUR


def rounded(value: Fraction, places: int = 12) -> Fraction:
    """Rounded once, half-even."""
    return Fraction(round(value * 10**places), 10**places)


class Candle(NamedTuple):
    """A candle in fractions."""

    open_at: int
    span: int
    open: Fraction
    high: Fraction
    close: Fraction
    volume: Fraction | None

    @property
    def closed_at(self) -> int:
        return self.open_at + self.span


class Known(NamedTuple):
    """A close and when it was made."""

    price: Fraction
    at: int


class Leg:
    """The candles of one market."""

    def __init__(self, candles: Sequence[Candle]) -> None:
        self.candles = sorted(candles, key=lambda candle: (candle.open_at, candle.span))
        self.opens: dict[int, Fraction] = {}
        for candle in self.candles:
            self.opens.setdefault(candle.open_at, candle.open)
        self.closes: dict[int, Fraction] = {}
        for candle in sorted(self.candles, key=lambda candle: -candle.span):
            self.closes[candle.closed_at] = candle.close
        self.open_times, self.close_times = sorted(self.opens), sorted(self.closes)

    def last_close(self, at: int) -> Known | None:
        count = bisect_right(self.close_times, at)
        return Known(self.closes[self.close_times[count - 1]], self.close_times[count - 1]) if count else None

    def first_open(self, since: int, until: int) -> Known | None:
        index = bisect_left(self.open_times, since)
        if index == len(self.open_times) or self.open_times[index] > until:
            return None
        return Known(self.opens[self.open_times[index]], self.open_times[index])


class PairHistory:
    """Settlements with their intervals, three legs, and the candles that can liquidate."""

    def __init__(self, stream: Stream, *, stand_in: bool) -> None:
        self.pair, self.symbol = stream.pair, stream.pair.symbol
        self.multiplier = Fraction(stream.pair.multiplier)
        self.stand_in = stand_in and not stream.spot
        self.times = [at for at, _ in stream.settled]
        self.rates = {at: Fraction(rate) for at, rate in stream.settled}
        self.intervals = intervals(self.times)
        self.perp, self.mark = Leg(_fractions(stream.perp)), Leg(_fractions(stream.mark))
        self.spot = Leg(self._stand_ins() if self.stand_in else _fractions(stream.spot))
        self.hurting = hurting(self.perp.candles, self.mark.candles)

    def _stand_ins(self) -> list[Candle]:
        return [
            candle._replace(
                open=rounded(candle.open / self.multiplier),
                high=rounded(candle.high / self.multiplier),
                close=rounded(candle.close / self.multiplier),
            )
            for candle in self.perp.candles
        ]

    def listed(self, at: int) -> bool:
        first, gone = self.pair.first_seen_ms, self.pair.gone_ms
        return (first is None or first <= at) and (gone is None or at < gone)

    def last_settled(self, at: int) -> int | None:
        count = bisect_right(self.times, at)
        return self.times[count - 1] if count else None

    def rate_8h(self, settled_at: int) -> Fraction | None:
        interval = self.intervals[settled_at]
        return None if interval is None else self.rates[settled_at] * 8 * HOUR / interval

    def both_open(self, at: int) -> tuple[Fraction, Fraction] | None:
        """(spot, perp) opens of now."""
        if at in self.spot.opens and at in self.perp.opens:
            return self.spot.opens[at], self.perp.opens[at]
        return None

    def common_close(self, at: int) -> tuple[Fraction, Fraction, int] | None:
        """(spot, perp, when) at the last time known at which both closed."""
        for when in reversed(self.perp.close_times[: bisect_right(self.perp.close_times, at)]):
            if when in self.spot.closes:
                return self.spot.closes[when], self.perp.closes[when], when
        return None

    def payment_mark(self, at: int) -> Fraction | None:
        for leg in (self.mark, self.perp):
            if at in leg.opens:
                return leg.opens[at]
        last = self.perp.last_close(at)
        return last.price if last is not None and at - last.at <= DAY else None

    def quote_volume(self, at: int) -> Fraction:
        """Of candles that have a volume: of one that has none nothing can be summed, so it is not the shortest either."""
        inside = [
            (candle.span, candle.volume * (candle.open + candle.close) / 2)
            for candle in self.perp.candles
            if candle.volume is not None and at - DAY < candle.closed_at <= at
        ]
        shortest = min((span for span, _ in inside), default=0)
        return sum((traded for span, traded in inside if span == shortest), Fraction(0))


def intervals(times: Sequence[int]) -> dict[int, int | None]:
    """§1: the gap to the settlement before if at most 8 h, else the interval of the one before (8 h if none)."""
    found: dict[int, int | None] = {}
    before: int | None = None
    for at in times:
        if before is None:
            found[at] = None
        elif at - before <= 8 * HOUR:
            found[at] = at - before
        else:
            found[at] = found[before] or 8 * HOUR
        before = at
    return found


def hurting(perp: Sequence[Candle], mark: Sequence[Candle]) -> list[Candle]:
    """§8, §10: mark candles, and perp candles that hold none; a longer one gives way to shorter ones in its span."""
    found = [candle for candle in mark if not _holds(candle, mark, shorter=True)]
    found += [
        candle for candle in perp if not _holds(candle, perp, shorter=True) and not _holds(candle, mark, shorter=False)
    ]
    return sorted(found, key=lambda candle: (candle.closed_at, candle.span))


def _holds(outer: Candle, others: Sequence[Candle], *, shorter: bool) -> bool:
    first = bisect_left(others, outer.open_at, key=lambda candle: candle.open_at)
    for inner in others[first:]:
        if inner.open_at >= outer.closed_at:
            return False
        if inner.closed_at <= outer.closed_at and (inner.span < outer.span or not shorter):
            return True
    return False


def _fractions(bars: Sequence[Bar]) -> list[Candle]:
    return [
        Candle(
            bar.open_at,
            bar.span,
            Fraction(bar.open),
            Fraction(bar.high),
            Fraction(bar.close),
            None if bar.volume is None else Fraction(bar.volume),
        )
        for bar in bars
    ]
