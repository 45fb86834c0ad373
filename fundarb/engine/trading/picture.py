"""What the store knew when one last looked: the trailing panel as a market, and each pair's last settlement in it."""

from __future__ import annotations

from dataclasses import dataclass

from fundarb.engine.market import Market
from fundarb.engine.timeline import Timeline, build_timeline
from fundarb.ports.feed import Known
from fundarb.signals.panel import Panel

UNRELIABLE = Known(None, None, None, None, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A panel that ends now. Of `doubtful` pairs something could not be asked, so nothing is known of them."""

    market: Market
    timeline: Timeline
    doubtful: frozenset[str] = frozenset()

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
