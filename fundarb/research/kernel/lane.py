"""The fast lane as research uses it: parameter sets in, one outcome a set out, on as many threads as are given."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fundarb.domain.result import METRICS
from fundarb.research.kernel.compiled import compiled
from fundarb.research.kernel.figures import measure, total
from fundarb.research.kernel.positions import WIDTH, WITHOUT, State
from fundarb.research.kernel.steps import run
from fundarb.research.kernel.tape import Tape, day_rows
from fundarb.research.kernel.voices import Voice
from fundarb.signals.panel import Floats, Stamps

COUNTED = WITHOUT + 1
TOTALS = 6
TRADE_COLUMNS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Sets:
    """Parameter sets that share one voice: thresholds are (sets, regimes, 2), costs (sets, pairs, 3)."""

    voice: Voice
    regime_of: Stamps
    thresholds: Floats
    costs: Floats
    terms: NDArray[np.void]


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """One row a set: metrics in the order of METRICS, totals, counts, and daily returns."""

    metrics: Floats
    totals: Floats
    counts: Stamps
    daily: Floats


def blank_state(pairs: int, slots: int, trades: int) -> State:
    """A portfolio's rows; as many positions as slots allow, or as there are pairs."""
    most = pairs if slots == 0 else min(slots, pairs)
    return State(
        floats=np.zeros((most, WIDTH)),
        whole=np.ones((most, 6), dtype=np.int64),
        order=np.zeros(most, dtype=np.int64),
        by_pair=np.zeros((3, pairs), dtype=np.int64),
        dust=np.zeros(pairs),
        money=np.zeros(20),
        counts=np.zeros(COUNTED, dtype=np.int64),
        trades=np.zeros((trades, TRADE_COLUMNS)),
        candidates=np.zeros(pairs, dtype=np.int64),
    )


def run_sets(tape: Tape, sets: Sets, from_ms: int, pool: Executor | None = None, threads: int = 1) -> Outcomes:
    """Run every set; the order of the outcomes is that of the sets, whatever the number of threads."""
    count, midnights = len(sets.terms), day_rows(from_ms, int(tape.times[-1]), tape.times)
    found = Outcomes(
        np.empty((count, len(METRICS))),
        np.empty((count, TOTALS)),
        np.empty((count, COUNTED), dtype=np.int64),
        np.empty((count, len(midnights))),
    )
    slots = sets.terms["slots"]
    most = 0 if (slots == 0).any() else int(slots.max(initial=1))

    def piece(first: int, last: int) -> None:
        state = blank_state(len(tape.pairs), most, 0)
        _run_range(
            tape,
            sets.voice,
            sets.regime_of,
            sets.thresholds,
            sets.costs,
            sets.terms,
            from_ms,
            state,
            np.empty(len(tape.times) + 1),
            midnights,
            np.empty(len(midnights) // 7),
            found.metrics,
            found.totals,
            found.counts,
            found.daily,
            first,
            last,
        )

    if pool is None or threads < 2 or count < 2:
        piece(0, count)
    else:
        edges = np.linspace(0, count, threads + 1).astype(int).tolist()
        list(pool.map(piece, edges[:-1], edges[1:]))
    return found


def run_traced(tape: Tape, sets: Sets, index: int, from_ms: int, most_trades: int) -> tuple[State, Floats]:
    """One set with its trades written down and its equity: what the two lanes are compared by."""
    slots = int(sets.terms["slots"][index])
    state = blank_state(len(tape.pairs), slots, most_trades)
    equity = np.empty(len(tape.times) + 1)
    run(
        tape,
        sets.voice,
        sets.regime_of,
        sets.thresholds[index],
        sets.costs[index],
        sets.terms[index],
        from_ms,
        state,
        equity,
    )
    return state, equity


@compiled
def _run_range(
    tape: Tape,
    voice: Voice,
    regime_of: Stamps,
    thresholds: Floats,
    costs: Floats,
    terms: Any,
    from_ms: int,
    state: State,
    equity: Floats,
    midnights: Stamps,
    weekly: Floats,
    metrics: Floats,
    totals: Floats,
    counts: Stamps,
    daily: Floats,
    first: int,
    last: int,
) -> None:
    """The sets of [first, last), one after another, in one portfolio's rows."""
    for index in range(first, last):
        run(tape, voice, regime_of, thresholds[index], costs[index], terms[index], from_ms, state, equity)
        total(tape, state, totals[index])
        measure(tape, state, equity, totals[index], from_ms, midnights, (daily[index], weekly), metrics[index])
        for number in range(len(state.counts)):
            counts[index, number] = state.counts[number]
