"""Parameter sets through the kernel: sets in, one outcome a set out, on as many threads as are given."""

from __future__ import annotations

from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fundarb.domain.result import METRICS
from fundarb.domain.trial import COUNTS, TOTALS
from fundarb.domain.uncollected import uncollected
from fundarb.research.kernel.compiled import entry
from fundarb.research.kernel.figures import measure, total
from fundarb.research.kernel.mixing import mix
from fundarb.research.kernel.positions import BY_PAIR, COUNTED, MONEY, TRADE_COLUMNS, WHOLE, WIDTH, State
from fundarb.research.kernel.steps import run
from fundarb.research.kernel.tape import Tape, day_rows
from fundarb.research.kernel.voices import Voice
from fundarb.research.search.lanes import Outcomes
from fundarb.signals.panel import Floats, Stamps

PIECES = 4  # a thread: who is done early takes another
MIXED = 4  # sets whose scores are mixed at once, a plane each


@dataclass(frozen=True, slots=True, eq=False)
class Sets:
    """Parameter sets that share one voice: thresholds are (sets, regimes, 2), blends what each mixes of its parts, costs
    (tables, pairs, 3), into which the records point."""

    voice: Voice
    regime_of: Stamps
    thresholds: Floats
    blends: Floats
    costs: Floats
    terms: NDArray[np.void]


@dataclass(frozen=True, slots=True, eq=False)
class Traced:
    """One set with its trades written down (columns T_PAIR …) and its equity, sample zero first."""

    outcomes: Outcomes
    trades: Floats
    equity: Floats


def run_sets(tape: Tape, sets: Sets, from_ms: int, pool: Executor | None = None, threads: int = 1) -> Outcomes:
    """Run every set; the order of the outcomes is that of the sets, whatever the number of threads."""
    count, midnights = len(sets.terms), _midnights(tape, from_ms)
    found = blank_outcomes(tape, count, from_ms)

    def piece(first: int, last: int) -> None:
        state = _blank_state(tape, sets.terms[first:last], 0)
        _run_piece(tape, sets, from_ms, state, np.empty(len(tape.times) + 1), midnights, found, first, last)

    if pool is None or threads < 2 or count < 2:
        piece(0, count)
    else:
        edges = np.linspace(0, count, min(threads * PIECES, count) + 1).astype(int).tolist()
        list(pool.map(piece, edges[:-1], edges[1:]))
    return found


def run_traced(tape: Tape, sets: Sets, index: int, from_ms: int, most_trades: int) -> Traced:
    """One set with its trades and its equity: what the two lanes are compared by."""
    midnights, found = _midnights(tape, from_ms), blank_outcomes(tape, len(sets.terms), from_ms)
    state, equity = _blank_state(tape, sets.terms, most_trades), np.empty(len(tape.times) + 1)
    _run_piece(tape, sets, from_ms, state, equity, midnights, found, index, index + 1)
    here = slice(index, index + 1)
    own = Outcomes(found.metrics[here], found.totals[here], found.counts[here], found.daily[here])
    return Traced(own, state.trades[: own.counts[0, COUNTS.index("trades")]], equity)


def blank_outcomes(tape: Tape, count: int, from_ms: int) -> Outcomes:
    """Room for so many sets."""
    return Outcomes(
        np.empty((count, len(METRICS))),
        np.empty((count, len(TOTALS))),
        np.empty((count, len(COUNTS)), dtype=np.int64),
        np.empty((count, len(_midnights(tape, from_ms)))),
    )


def _midnights(tape: Tape, from_ms: int) -> Stamps:
    return day_rows(from_ms, int(tape.times[-1]), tape.times)


def _blank_state(tape: Tape, terms: NDArray[np.void], trades: int) -> State:
    """A portfolio's rows; as many positions as any set's slots allow, or as there are pairs."""
    pairs, slots = len(tape.pairs), terms["slots"]
    most = pairs if (slots == 0).any() else min(int(slots.max(initial=1)), pairs)
    return State(
        floats=np.zeros((most, WIDTH)),
        whole=np.ones((most, WHOLE), dtype=np.int64),
        order=np.zeros(most, dtype=np.int64),
        by_pair=np.zeros((BY_PAIR, pairs), dtype=np.int64),
        dust=np.zeros(len(tape.times)),
        money=np.zeros(MONEY),
        counts=np.zeros(COUNTED, dtype=np.int64),
        trades=np.zeros((trades, TRADE_COLUMNS)),
        candidates=np.zeros(pairs, dtype=np.int64),
    )


def _run_piece(
    tape: Tape,
    sets: Sets,
    from_ms: int,
    state: State,
    equity: Floats,
    midnights: Stamps,
    found: Outcomes,
    first: int,
    last: int,
) -> None:
    """The sets of [first, last) in rows of their own; scores that are mixed get planes of their own too."""
    voice, planes = sets.voice, sets.voice.planes[None]
    if voice.parts.shape[1]:
        mixed = min(MIXED, last - first)
        values = np.concatenate((np.empty((mixed, voice.values.shape[1])), voice.values[1:]))
        planes = np.where(planes > 0, planes + mixed - 1, np.arange(mixed)[:, None])
        voice = voice._replace(values=values, planes=planes[0].copy())
    compiled = getattr(_run_range, "signatures", None)
    terms = (
        sets.terms.view(np.recarray) if compiled is None else sets.terms
    )  # plain Python knows no other `terms.guard`
    with uncollected() if compiled == [] else nullcontext():  # a tenth of compiling would be collecting
        _run_range(
            tape,
            voice,
            planes,
            sets.regime_of,
            sets.thresholds,
            sets.blends,
            sets.costs,
            terms,
            from_ms,
            state,
            equity,
            midnights,
            np.empty(len(midnights) // 7),
            found.metrics,
            found.totals,
            found.counts,
            found.daily,
            first,
            last,
        )


@entry
def _run_range(
    tape: Tape,
    voice: Voice,
    planes: Stamps,
    regime_of: Stamps,
    thresholds: Floats,
    blends: Floats,
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
    """The sets of [first, last), one after another, in one portfolio's rows; `planes` are those of sets mixed together."""
    for index in range(first, last):
        own, turn = terms[index], (index - first) % len(planes)
        if voice.parts.shape[1] > 0:
            if turn == 0:
                mix(voice.parts, blends[index : min(index + len(planes), last)], voice.values)
            for kind in range(len(voice.planes)):
                voice.planes[kind] = planes[turn, kind]
        run(tape, voice, regime_of, thresholds[index], costs[own.costs], own, from_ms, state, equity)
        total(tape, state, totals[index])
        measure(tape, state, equity, totals[index], from_ms, midnights, (daily[index], weekly), metrics[index])
        for number in range(counts.shape[1]):
            counts[index, number] = state.counts[number]
