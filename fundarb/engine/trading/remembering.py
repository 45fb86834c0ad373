"""What a portfolio was worth and what was decided, written down at each cycle and read again at the next start."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from fundarb.accounting.valuation import Mark
from fundarb.domain.money import ZERO, canonical
from fundarb.engine.cycle import Cycle, Tally
from fundarb.engine.sampling import Samples
from fundarb.engine.simulation import Incidents
from fundarb.ports.feed import View
from fundarb.ports.journal import Event

CYCLE = "cycle"
Document = dict[str, Any]


@dataclass(slots=True)
class Remembered:
    """A portfolio's past as its cycles wrote it: `decided_ms` is the last settlement that was decided on."""

    decided_ms: int = 0
    mode: str | None = None
    times: list[int] = field(default_factory=list)
    equity: list[Decimal] = field(default_factory=list)
    in_use: list[float] = field(default_factory=list)
    highest: Decimal | None = None
    contributed: Decimal | None = None
    lowest_cash: Decimal | None = None
    stale_prices: int = 0
    tally: Tally = field(default_factory=Tally)
    incidents: Incidents = field(default_factory=Incidents)
    marks: Mapping[str, Mark] = field(default_factory=dict)
    dust: Decimal = ZERO

    def continued(self, samples: Samples) -> Samples:
        """Samples that begin at sample zero, with all that was seen since."""
        samples.times += self.times
        samples.equity += self.equity
        samples.in_use += self.in_use
        samples.highest = samples.highest if self.highest is None else self.highest
        samples.contributed = samples.contributed if self.contributed is None else self.contributed
        samples.lowest_cash = samples.lowest_cash if self.lowest_cash is None else self.lowest_cash
        samples.stale_prices = self.stale_prices
        return samples


def remembered(events: Sequence[Event]) -> Remembered:
    """From the events of a portfolio, oldest first."""
    found = Remembered()
    for event in events:
        if event.name == CYCLE and event.data is not None:
            _take(found, event.at_ms, json.loads(event.data))
    return found


def written(
    portfolio: str,
    mode: str,
    boundary_ms: int,
    view: View,
    cycle: Cycle,
    incidents: Incidents,
    saw: Mapping[str, Sequence[Any]],
) -> Event:
    """A cycle that is over, as the event that remembers it; `saw` is what it decided on."""
    samples, book, tally = cycle.samples, cycle.ledger.book, cycle.tally
    marks = {pair: samples.mark(view, held) for pair, held in book.positions.items()}
    document = {
        "boundary": boundary_ms,
        "mode": mode,
        "equity": canonical(samples.last),
        "cash": canonical(book.cash),
        "positions": len(book.positions),
        "in_use": samples.in_use[-1],
        "highest": canonical(samples.highest),
        "contributed": canonical(samples.contributed),
        "lowest_cash": canonical(samples.lowest_cash),
        "stale_prices": samples.stale_prices,
        "tally": [tally.entries, tally.no_price, tally.rotations, dict(sorted(tally.refused.items()))],
        "incidents": [incidents.stale_marks, incidents.liquidations, incidents.guards, incidents.delistings],
        "marks": {pair: [canonical(mark.spot), canonical(mark.perp)] for pair, mark in sorted(marks.items())},
        "dust": canonical(view.dust_worth(book)),
        "saw": saw,
    }
    return Event(view.at_ms, portfolio, CYCLE, data=json.dumps(document, separators=(",", ":")))


def _take(found: Remembered, at_ms: int, document: Document) -> None:
    found.decided_ms, found.mode = document["boundary"], document["mode"]
    found.times.append(at_ms)
    found.equity.append(Decimal(document["equity"]))
    found.in_use.append(document["in_use"])
    found.highest, found.contributed = Decimal(document["highest"]), Decimal(document["contributed"])
    found.lowest_cash, found.stale_prices = Decimal(document["lowest_cash"]), document["stale_prices"]
    entries, no_price, rotations, refused = document["tally"]
    found.tally = Tally(entries, no_price, rotations, Counter(refused))
    found.incidents = Incidents(*document["incidents"])
    found.marks = {pair: Mark(*map(Decimal, mark)) for pair, mark in document["marks"].items()}
    found.dust = Decimal(document["dust"])
