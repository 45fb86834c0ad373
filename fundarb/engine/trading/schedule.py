"""When cycles fall: at each settlement the venue announces for a pair of the universe, and every poll between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fundarb.domain.instants import SECOND
from fundarb.ports.venue import Ticker


class Schedule:
    """Settlements to come, by pair, as announced last; and those that came since, until they are handled: by then the venue
    announces the next. A boundary that was handled does not come again."""

    def __init__(self, poll_ms: int) -> None:
        self.poll_ms = poll_ms
        self._next: dict[str, int] = {}
        self._came: dict[str, int] = {}
        self._handled_ms = 0

    def heard(self, tickers: Iterable[Ticker]) -> None:
        """What is announced now, in place of what was and has not come by the venue's clock."""
        before, self._next = self._next, {}
        for one in tickers:
            announced_ms, next_ms = before.get(one.symbol), one.next_settlement_ms
            if announced_ms is not None and announced_ms <= one.observed_at_ms:
                self._came[one.symbol] = announced_ms
            if next_ms is not None and next_ms > self._handled_ms:
                self._next[one.symbol] = next_ms

    def handled(self, boundary_ms: int) -> None:
        """Decided on; what is announced for then or before is over."""
        self._handled_ms = max(self._handled_ms, boundary_ms)
        self._next, self._came = self._later(self._next), self._later(self._came)

    def due(self, now_ms: int) -> int | None:
        """The latest announced settlement that has come; None while none has."""
        return max((at_ms for _, at_ms in self._open() if at_ms <= now_ms), default=None)

    def settling(self, boundary_ms: int) -> list[str]:
        """The pairs announced for then, in symbol order."""
        return sorted({symbol for symbol, at_ms in self._open() if at_ms == boundary_ms})

    def rest_s(self, now_ms: int) -> float:
        """Seconds until the next look: a poll, or less where a settlement comes first."""
        ahead = [at_ms - now_ms for _, at_ms in self._open() if at_ms > now_ms]
        return min([self.poll_ms, *ahead]) / SECOND

    def _open(self) -> Iterator[tuple[str, int]]:
        yield from self._came.items()
        yield from self._next.items()

    def _later(self, known: dict[str, int]) -> dict[str, int]:
        return {symbol: at_ms for symbol, at_ms in known.items() if at_ms > self._handled_ms}
