"""Any candle and any price of any moment, from candles of one span and the paths inside them."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from fundarb.sandbox.market.bars import Bars, empty, joined
from fundarb.sandbox.market.hours import Line
from fundarb.sandbox.market.minutes import WORDS_A_MINUTE, minutes_of, moment_in, so_far
from fundarb.sandbox.market.recent import Recent
from fundarb.sandbox.market.source import DAY, MINUTE
from fundarb.sandbox.market.streams import Streams

_EVER = 1 << 62  # a span that holds all there is


class Base(Protocol):
    """Candles of one span; all others follow from them."""

    def span_ms(self, line: Line) -> int:
        """How long they are."""
        ...

    def bars(self, line: Line, first_ms: int, last_ms: int) -> Bars:
        """Those that start in [first, last], as they will have been in the end."""
        ...

    def standing(self, line: Line, at_ms: int) -> int:
        """The moment whose price holds at `at_ms`: itself while the market trades, else the last it traded at."""
        ...


class Tape:
    """What was traded at which price, to the millisecond."""

    def __init__(self, streams: Streams, base: Base, kept: int) -> None:
        self._streams, self._base = streams, base
        self._inside: Recent[tuple[Line, int], Bars] = Recent(kept, self._minutes_in)

    def candles(self, line: Line, span_ms: int, first_ms: int, last_ms: int, now_ms: int) -> Bars:
        """Candles whose start is in [first, last] and <= now; the one that is open now goes up to now."""
        begin_ms = -(-first_ms // span_ms) * span_ms
        end_ms = min(last_ms, now_ms) // span_ms * span_ms + span_ms
        base_ms = self._base.span_ms(line)
        if end_ms <= begin_ms:
            return empty()
        if span_ms % base_ms == 0:
            parts = self._whole(line, base_ms, begin_ms, end_ms, now_ms)
        else:
            parts = self._minutes(line, base_ms, begin_ms, end_ms, now_ms)
        return parts.grouped(span_ms)

    def day(self, line: Line, at_ms: int) -> Bars:
        """The candles of the day up to now, the open one among them, as one."""
        at_ms, base_ms = self._base.standing(line, at_ms), self._base.span_ms(line)
        first_ms = at_ms // base_ms * base_ms + base_ms - max(DAY, base_ms)
        return self._whole(line, base_ms, first_ms, at_ms + 1, at_ms).grouped(_EVER)

    def price(self, line: Line, at_ms: int) -> int:
        """Where the series is at a moment."""
        at_ms = self._base.standing(line, at_ms)
        minute = self._minute(line, at_ms)
        return moment_in(minute, at_ms % MINUTE).price

    def _whole(self, line: Line, base_ms: int, begin_ms: int, end_ms: int, now_ms: int) -> Bars:
        """Base candles starting in [begin, end), the open one up to now."""
        open_ms = now_ms // base_ms * base_ms
        closed = self._base.bars(line, begin_ms, min(end_ms, open_ms) - 1)
        if not begin_ms <= open_ms < end_ms:
            return closed
        return joined([closed, self._open_minutes(line, open_ms, now_ms).grouped(base_ms)])

    def _minutes(self, line: Line, base_ms: int, begin_ms: int, end_ms: int, now_ms: int) -> Bars:
        """Minutes starting in [begin, end), the open one up to now."""
        open_ms = now_ms // base_ms * base_ms
        bars = self._base.bars(line, begin_ms // base_ms * base_ms, min(end_ms, open_ms) - 1)
        parts = [self._inside_of(line, base_ms, bars)] if len(bars) else []
        if open_ms < end_ms:
            parts.append(self._open_minutes(line, open_ms, now_ms))
        return joined(parts).within(begin_ms, end_ms - 1)

    def _open_minutes(self, line: Line, open_ms: int, now_ms: int) -> Bars:
        """The minutes of the open base candle up to now."""
        inside = self._inside((line, open_ms))
        closed = inside.within(open_ms, now_ms - now_ms % MINUTE - 1)
        minute = inside.within(now_ms - now_ms % MINUTE, now_ms)
        return joined([closed, so_far(minute, moment_in(minute, now_ms % MINUTE))]) if len(minute) else closed

    def _minute(self, line: Line, at_ms: int) -> Bars:
        base_ms = self._base.span_ms(line)
        begin_ms = at_ms - at_ms % MINUTE
        return self._inside((line, at_ms // base_ms * base_ms)).within(begin_ms, begin_ms)

    def _minutes_in(self, key: tuple[Line, int]) -> Bars:
        line, open_ms = key
        bars = self._base.bars(line, open_ms, open_ms)
        return self._inside_of(line, self._base.span_ms(line), bars) if len(bars) else empty()

    def _inside_of(self, line: Line, base_ms: int, bars: Bars) -> Bars:
        """The minutes of these candles; the series of one coin share their ups and downs."""
        first = int(bars.start_ms[0]) // MINUTE
        minutes = int(bars.start_ms[-1]) // MINUTE + base_ms // MINUTE - first
        name = f"minutes/{line.tradable.coin.name}"
        words = self._streams.words(name, WORDS_A_MINUTE * first, WORDS_A_MINUTE * minutes).reshape(-1, WORDS_A_MINUTE)
        if minutes * MINUTE != len(bars) * base_ms:
            starts = bars.start_ms // MINUTE - first
            words = words[(starts[:, None] + np.arange(base_ms // MINUTE)).ravel()]
        return minutes_of(bars, base_ms, words, line.series == "premium")
