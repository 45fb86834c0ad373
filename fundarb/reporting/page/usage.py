"""How much of the capital was at work: capital in use (spot cost and posted margin), perp exposure at cost, and positions,
at every sample of equity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from fundarb.accounting.book import Book
from fundarb.accounting.margin import MarginTerms, Mode
from fundarb.accounting.valuation import capital_in_use, exposure
from fundarb.domain.ledger import LEG_KINDS
from fundarb.domain.money import parse
from fundarb.domain.result import RunResult
from fundarb.reporting.page.thinning import Floats, Stamps


@dataclass(frozen=True, slots=True, eq=False)
class Usage:
    """A row a sample."""

    times: Stamps
    equity: Floats
    in_use: Floats
    exposure: Floats
    positions: NDArray[np.int64]


def usage(run: RunResult) -> Usage | None:
    """From its ledger; None where the run does not say how its legs were margined."""
    terms = _terms(run.params)
    if terms is None:
        return None
    times = np.array([at_ms for at_ms, _ in run.equity], dtype=np.int64)
    changed, states = _states(run, terms)
    row = np.searchsorted(changed, times, side="right")
    return Usage(
        times=times,
        equity=np.array([float(value) for _, value in run.equity]),
        in_use=states[row, 0],
        exposure=states[row, 1],
        positions=states[row, 2].astype(np.int64),
    )


def _states(run: RunResult, terms: MarginTerms) -> tuple[Stamps, Floats]:
    """Times at which a leg was booked, and (in use, exposure, positions) before the first and after each of them."""
    book, used, changed, states = Book(), dict[str, float](), [], [(0.0, 0.0, 0.0)]
    for line in run.ledger:
        book.apply(line)
        if line.kind in LEG_KINDS and line.pair is not None:
            held = book.positions.get(line.pair)
            if held is None:
                used.pop(line.pair, None)
            else:
                used[line.pair] = capital_in_use(held, terms)
            changed.append(line.at_ms)
            states.append((sum(used.values()), float(exposure(book)), float(len(used))))
    return np.maximum.accumulate(np.array(changed, dtype=np.int64)), np.array(states, dtype=np.float64)


def _terms(params: Mapping[str, str | None]) -> MarginTerms | None:
    mode, leverage = params.get("margin.mode"), params.get("margin.leverage")
    if mode not in ("isolated", "cross", "none") or leverage is None:
        return None
    return MarginTerms(cast("Mode", mode), parse(leverage))
