"""What there is to see of trading at one moment: portfolios, both legs of each position, what is on offer, and health."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from fundarb.domain.position import Split
from fundarb.reporting.opportunities import Opportunity


@dataclass(frozen=True, slots=True)
class SeenPosition:
    """An open position. `delta` is what the spot leg is larger by; `room` how far the perp may rise before it is
    liquidated, as a fraction of its price; `expected` what the next settlement pays at the predicted rate."""

    pair: str
    opened_ms: int
    spot: Decimal
    perp: Decimal
    delta: Decimal
    value: Decimal
    margin: Decimal
    room: Decimal | None
    next_ms: int | None
    rate: Decimal | None
    expected: Decimal | None
    split: Split


@dataclass(frozen=True, slots=True)
class SeenPortfolio:
    """A portfolio by its name, what decides in it, and what it is worth at live prices."""

    name: str
    mode: str
    equity: Decimal
    contributed: Decimal
    cash: Decimal
    split: Split
    positions: Sequence[SeenPosition]


@dataclass(frozen=True, slots=True)
class Chance:
    """A row of the opportunity table, with the rate predicted now and the last settled ones."""

    row: Opportunity
    predicted: Decimal | None
    next_ms: int | None
    settled: Sequence[float]


@dataclass(frozen=True, slots=True)
class Health:
    """Whether all is well: when the venue last answered, since when not, when the trader last beat, what stops entries."""

    now_ms: int
    poll_ms: int
    looked_ms: int | None = None
    beat_ms: int | None = None
    silent_since_ms: int | None = None
    halted: str | None = None
    breaker: str | None = None

    @property
    def beat_age_ms(self) -> int | None:
        """How long ago the trader last said that it is alive."""
        return None if self.beat_ms is None else max(self.now_ms - self.beat_ms, 0)


@dataclass(frozen=True, slots=True)
class Scene:
    """All of it; `chances` are the best of those `offered`, as one mode sees them, the first portfolio's."""

    portfolios: Sequence[SeenPortfolio]
    chances: Sequence[Chance]
    offered: int
    health: Health
    venue: str

    @property
    def next_ms(self) -> int | None:
        """The next settlement of anything that is looked at."""
        ahead = [one.next_ms for one in self.chances if one.next_ms is not None]
        return min(ahead, default=None)
