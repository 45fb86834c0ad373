"""What is known of one pair at the moment of a table: its last settlement, what follows from it, and what to doubt."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from fundarb.accounting.funding import WIDEST_CAP
from fundarb.domain.instants import DAY, LONGEST_INTERVAL
from fundarb.domain.instrument import Pair
from fundarb.reporting.outlook import Outlook
from fundarb.signals.known import last_closes
from fundarb.signals.lookback import HORIZON
from fundarb.signals.panel import NO_TIME, CandleRows, Stamps
from fundarb.signals.rounding import ABSENT, twelve_decimal

BARRING = frozenset({"stale", "no_settlement", "no_perp", "no_spot", "not_listed", "beyond_cap"})
LOOKING_BACK = frozenset({"composite", "band"})  # modes that a rate of long ago still moves


@dataclass(frozen=True, slots=True)
class Last:
    """The last settlement of a pair: its row of the panel, when it was, after how long, and what it paid."""

    row: int
    settled_ms: int
    interval_ms: int | None
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Facts:
    """A pair of an outlook, its last settlement if there is one, score and forecast there, and the flags."""

    outlook: Outlook
    index: int
    pair: Pair
    last: Last | None
    score: Decimal | None
    forecast: Decimal | None
    flags: tuple[str, ...]

    @property
    def age_ms(self) -> int | None:
        """How old the last settlement is."""
        return None if self.last is None else self.outlook.at_ms - self.last.settled_ms

    @property
    def interval_ms(self) -> int | None:
        """After how long the last settlement came; None too where that is not known."""
        return None if self.last is None else self.last.interval_ms

    @property
    def rate(self) -> Decimal | None:
        """What the last settlement paid."""
        return None if self.last is None else self.last.rate

    @property
    def barred(self) -> bool:
        """Whether a flag forbids to enter, whatever the mode asks."""
        tainted = "beyond_cap_before" in self.flags and self.outlook.mode in LOOKING_BACK
        return tainted or bool(BARRING & set(self.flags))


def facts_of(outlook: Outlook, index: int) -> Facts:
    """What is known of the pair at that place of the panel."""
    pair, last = outlook.panel.pairs[index], _last(outlook, index)
    found = outlook.composite
    return Facts(
        outlook,
        index,
        pair,
        last,
        _units(found.score, last),
        _units(found.forecast, last),
        _flags(outlook, index, last),
    )


def earlier_beyond_cap(outlook: Outlook, index: int) -> int:
    """How many settlements before the last, as far back as a signal looks, paid more than any venue lets pass."""
    settled = outlook.panel.settlements
    rows = settled.rows(index)
    at, rates = settled.settled_at[rows], settled.rate[rows]
    if not len(at):
        return 0
    beyond = (np.abs(rates) > float(WIDEST_CAP)) & (at > at[-1] - HORIZON)
    return int(beyond[:-1].sum())


def _last(outlook: Outlook, index: int) -> Last | None:
    settled = outlook.panel.settlements
    rows = settled.rows(index)
    if rows.stop == rows.start:
        return None
    row = rows.stop - 1
    return Last(row, int(settled.settled_at[row]), int(settled.interval_ms[row]) or None, settled.rate_exact(row))


def _units(values: Stamps, last: Last | None) -> Decimal | None:
    """A score or forecast of the plan, from whole units."""
    return None if last is None or values[last.row] == ABSENT else twelve_decimal(int(values[last.row]))


def _flags(outlook: Outlook, index: int, last: Last | None) -> tuple[str, ...]:
    """What must be known before a row is believed."""
    at_ms, pair = outlook.at_ms, outlook.panel.pairs[index]
    stand_in = pair.symbol in outlook.stand_ins
    perp = _closed_ms(outlook.panel.perp, index, at_ms)
    spot = perp if stand_in else _closed_ms(outlook.panel.spot, index, at_ms)
    late = last is not None and at_ms - last.settled_ms > (last.interval_ms or LONGEST_INTERVAL)
    raised = {
        "stale": late or any(closed is not None and at_ms - closed > DAY for closed in (perp, spot)),
        "no_settlement": last is None,
        "no_perp": perp is None,
        "no_spot": spot is None,
        "not_listed": not pair.listed(at_ms),
        "beyond_cap": last is not None and abs(last.rate) > WIDEST_CAP,
        "beyond_cap_before": earlier_beyond_cap(outlook, index) > 0,
        "spot_source_perp": stand_in,
    }
    return tuple(flag for flag, there in raised.items() if there)


def _closed_ms(rows: CandleRows, index: int, at_ms: int) -> int | None:
    """When the last close known was made."""
    closed = int(last_closes(rows, index, np.array([at_ms], dtype=np.int64))[1][0])
    return None if closed == NO_TIME else closed
