"""The look-ahead proof: decisions and ledger up to sampled times must stay as they are when the future is deleted.

For each sampled event t everything is read again as known at t, and the plan made of that alone must say the same of t.
The mode is run to a moment after what is decided at t has filled, on what is known by then, and all it booked and was
worth up to t is compared with the whole run's. Which pairs borrow the perp's
price for want of any spot candle (`spot_source: perp`) says what is stored, not when, and stays as in the whole run."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from fundarb.domain.instants import iso
from fundarb.domain.ledger import LedgerLine
from fundarb.domain.money import canonical
from fundarb.domain.result import RunResult
from fundarb.engine.planned import PlannedReplay
from fundarb.research.backtest import make_plan, run_mode
from fundarb.research.rules import Setup
from fundarb.research.stage import Stage, set_stage
from fundarb.signals.panel import Panel

Load = Callable[[Sequence[str], int], Awaitable[Panel]]
"""(symbols, until_ms) → what is known of them at `until_ms`."""


class Opinion(NamedTuple):
    """What a plan says of one pair at one moment; score and forecast in units of 1e-12."""

    enters: bool
    exits: bool
    place: int | None
    score: str | None
    forecast: int | None


class Proof(NamedTuple):
    """Where a mode was looked at, and every difference found, in words; none is the proof."""

    sampled_ms: tuple[int, ...]
    differences: tuple[str, ...]


async def prove(
    load: Load,
    symbols: Sequence[str],
    from_ms: int,
    to_ms: int,
    setup: Setup,
    mode: str,
    *,
    samples: int = 10,
    seed: int = 0,
) -> Proof:
    """Run a mode with and without the future of each of `samples` event times (first and last event among them)."""
    whole = set_stage(await load(symbols, to_ms), setup, from_ms, to_ms, {}, "")
    run, plan = await run_mode(whole, setup, mode), _planned(whole, setup, mode)
    moments = _sampled(whole, samples, seed)
    found: list[str] = []
    for at_ms in moments:
        known = await _part(load, whole, setup, at_ms)
        found += _plan_differences(plan, _planned(known, setup, mode), at_ms)
        filled = await _part(load, whole, setup, at_ms + setup.backtest.delay) if setup.backtest.delay else known
        found += _run_differences(run, await run_mode(filled, setup, mode), at_ms)
    return Proof(moments, tuple(f"{mode}: {words}" for words in found))


async def _part(load: Load, whole: Stage, setup: Setup, until_ms: int) -> Stage:
    """The range up to a moment, on what is known then."""
    symbols = [pair.symbol for pair in whole.panel.pairs]
    part = set_stage(await load(symbols, until_ms), setup, whole.timeline.from_ms, until_ms + 1, {}, "")
    part.market.stand_ins = whole.market.stand_ins
    return part


def _planned(stage: Stage, setup: Setup, mode: str) -> PlannedReplay:
    return PlannedReplay(make_plan(stage, setup, mode), stage.panel, stage.timeline)


def _sampled(stage: Stage, samples: int, seed: int) -> tuple[int, ...]:
    """Event times, in order; `to` is none, because nothing is decided there."""
    events: list[int] = stage.timeline.times[:-1].tolist()
    if len(events) <= samples:
        return tuple(events)
    ends = [events[0], events[-1]][: max(samples, 0)]
    between = random.Random(seed).sample(events[1:-1], max(samples - len(ends), 0))  # noqa: S311 (a sample, no secret)
    return tuple(sorted([*ends, *between]))


def _plan_differences(whole: PlannedReplay, part: PlannedReplay, at_ms: int) -> Iterator[str]:
    """What is said of each pair at t with the future and without it."""
    for pair in whole.names:
        with_it, without = _opinion(whole, pair, at_ms), _opinion(part, pair, at_ms)
        for name, one, other in zip(Opinion._fields, with_it, without, strict=True):
            if one != other:
                yield f"{pair} at {iso(at_ms)}: {name} is {one} with the future, {other} without"


def _opinion(planned: PlannedReplay, pair: str, at_ms: int) -> Opinion:
    event = int(planned.timeline.times.searchsorted(at_ms))
    row, score = planned.row(event), planned.score(event, pair)
    return Opinion(
        enters=pair in row.entering,
        exits=row.leaves(pair),
        place=row.entering.index(pair) if pair in row.entering else None,
        score=None if score is None else canonical(score),
        forecast=row.forecast(pair),
    )


def _run_differences(whole: RunResult, part: RunResult, at_ms: int) -> Iterator[str]:
    """The first ledger line and the first sample up to t that are not the same."""
    lines = zip_longest(_booked(whole, at_ms), _booked(part, at_ms))
    worth = zip_longest(_worth(whole, at_ms), _worth(part, at_ms))
    for what, pairs in (("ledger", lines), ("equity", worth)):
        for with_it, without in pairs:
            if with_it != without:
                yield f"{what} up to {iso(at_ms)}: {with_it} with the future, {without} without"
                break


def _booked(run: RunResult, at_ms: int) -> Iterator[str]:
    return (_words(line) for line in run.ledger if line.at_ms <= at_ms)


def _worth(run: RunResult, at_ms: int) -> Iterator[str]:
    return (f"{canonical(value)} at {iso(when)}" for when, value in run.equity if when <= at_ms)


def _words(line: LedgerLine) -> str:
    """A line by value, whatever trailing zeros it carries."""
    amounts = (line.cash, line.qty, line.price, line.fair, line.fee, line.rate)
    texts = [line.kind, line.pair, line.leg, line.side, line.fee_ccy, line.reason]
    return " ".join([iso(line.at_ms), *(f"{x}" for x in texts), *("-" if x is None else canonical(x) for x in amounts)])
