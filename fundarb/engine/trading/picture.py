"""What the store knew when one last looked: the trailing panel as a market, and each pair's last settlement in it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fundarb.engine.market import Market
from fundarb.engine.timeline import Timeline, build_timeline
from fundarb.ports.feed import Known
from fundarb.signals.panel import Panel

UNRELIABLE = Known(None, None, None, None, 0)
T = TypeVar("T")


class Memo:
    """Fills `strategy.plan.Remember`: what plans on one panel have in common is made once."""

    def __init__(self) -> None:
        self._made: dict[Hashable, Any] = {}

    def __call__(self, key: Hashable, make: Callable[[], T], /) -> T:
        """What `make` makes, the first time it is asked for."""
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A panel that ends now. Of `doubtful` pairs something could not be asked, so nothing is known of them."""

    market: Market
    timeline: Timeline
    doubtful: frozenset[str] = frozenset()
    memo: Memo = field(default_factory=Memo)

    @property
    def panel(self) -> Panel:
        """What it shows."""
        return self.market.panel

    @property
    def newest_ms(self) -> int | None:
        """The last settlement of any pair."""
        return int(self.panel.times[-1]) if len(self.panel.times) else None

    def known(self, symbol: str) -> Known:
        """Last closes and last settlement of a pair."""
        found = self.market.of(symbol)
        if symbol in self.doubtful:
            return UNRELIABLE
        until_ms, settled = self.panel.until_ms, self.panel.settlements
        row = int(self.timeline.row_at[0, found.index])
        return Known(
            perp=found.perp.last_close(until_ms),
            spot=found.spot.last_close(until_ms),
            settled_at_ms=int(settled.settled_at[row]) if row >= 0 else None,
            rate=settled.rate_exact(row) if row >= 0 else None,
            interval_ms=int(settled.interval_ms[row]) if row >= 0 else 0,
        )


def picture_of(panel: Panel, *, spot_from_perp: bool, doubtful: frozenset[str] = frozenset()) -> Picture:
    """The market of a panel at its end."""
    market = Market(panel, spot_from_perp=spot_from_perp)
    return Picture(market, build_timeline(panel, panel.until_ms, panel.until_ms), doubtful)
