"""One number at every event of a replay: kept as a whole number of a step, made a Decimal when it is asked for.

Rows are found and digits checked for all events at once; only what is asked for becomes an object."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from fundarb.domain.money import ONE
from fundarb.signals.digits import whole_numbers
from fundarb.signals.panel import Floats, Stamps

NOTHING = -(2**63)


class Quotes(NamedTuple):
    """Whole numbers of a step, by event; NOTHING where there is none."""

    whole: Sequence[int | Decimal]
    step: Decimal = ONE

    def at(self, event: int) -> Decimal | None:
        """The number at an event; None where there is none."""
        whole = self.whole[event]
        return None if whole == NOTHING else whole * self.step


def quotes_of(values: Floats, rows: Stamps, exactly: Callable[[int], Decimal], *, short: bool) -> Quotes:
    """Quotes of a column: event k shows row rows[k], nothing where that is below 0.

    `short`: every value has at most 15 digits; where that does not hold, `exactly` tells a row's digits."""
    there = rows >= 0
    found = whole_numbers(values[rows[there]]) if short else None
    if found is None:
        return Quotes([exactly(row) if row >= 0 else NOTHING for row in rows.tolist()])
    units = np.full(len(rows), NOTHING, dtype=np.int64)
    units[there] = found[0]
    return Quotes(array("q", units.tobytes()), ONE.scaleb(-found[1]))
