"""One invocation of `backtest`: modes side by side with the benchmarks, on the same data, and words about what to doubt."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fundarb import __version__
from fundarb.accounting.funding import WIDEST_CAP
from fundarb.domain.instants import DAY, LONGEST_INTERVAL, iso
from fundarb.domain.market import Span
from fundarb.domain.result import RunResult
from fundarb.errors import DataError, UsageError
from fundarb.parameters import write_duration
from fundarb.reporting.advice import fetch_line, few
from fundarb.reporting.doubts import missing, unpaid
from fundarb.research.backtest import plan_mode, run_mode
from fundarb.research.lacking import LEND, lendable
from fundarb.research.rules import Setup
from fundarb.research.stage import Stage, set_stage
from fundarb.signals.panel import Panel, Stamps
from fundarb.strategy.params import MODES, Mode
from fundarb.strategy.plan import Plan

BENCHMARKS = ("cash", "hold", "simple")
LoadPanel = Callable[[Sequence[str], int], Awaitable[Panel]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The runs asked for in their order, the benchmarks, and what deserves a word on stderr."""

    runs: tuple[RunResult, ...]
    benchmarks: tuple[RunResult, ...]
    notes: tuple[str, ...]

    def roles(self) -> list[tuple[str, RunResult]]:
        """Every run once: those asked for, then the benchmarks not among them."""
        asked = {run.mode for run in self.runs}
        return [("run", run) for run in self.runs] + [
            ("benchmark", run) for run in self.benchmarks if run.mode not in asked
        ]

    def group_id(self, stored_ms: int) -> str:
        """A name for this invocation."""
        text = ",".join([str(stored_ms), *(run.run_id for _, run in self.roles())])
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def read_modes(text: str | None, default: Mode) -> tuple[Mode, ...]:
    """`simple,composite` in the order given, each once."""
    named = [word.strip().lower() for word in (default if text is None else text).split(",") if word.strip()]
    unknown = [word for word in named if word not in MODES]
    if unknown or not named:
        raise UsageError(f"no such mode: {', '.join(unknown) or repr(text)}; choose from {', '.join(MODES)}")
    return tuple(dict.fromkeys(mode for word in named for mode in MODES if mode == word))


async def compare(
    load: LoadPanel,
    setup: Setup,
    symbols: Sequence[str],
    excluded: Mapping[str, str],
    span: Span,
    modes: Sequence[Mode],
    *,
    chosen_by_turnover_ms: int | None,
    strict: bool,
    later: Mapping[str, Stamps] | None = None,
) -> Comparison:
    """Run every mode and benchmark once over the span."""
    panel = await load(symbols, span.end_ms)
    stage = set_stage(panel, setup, span.start_ms, span.end_ms, excluded, __version__, chosen_by_turnover_ms, later)
    refuse_empty(stage)
    refuse_unfilled(stage)
    if strict:
        refuse_doubtful(stage)
    plans = {mode: await plan_mode(stage, setup, mode) for mode in dict.fromkeys((*modes, *BENCHMARKS))}
    found = {mode: await run_mode(stage, setup, mode, plan) for mode, plan in plans.items()}
    notes = [*_doubts(stage), *(note for mode in modes if (note := _undecided(stage, mode, plans[mode])))]
    notes += [f"{mode} lost all there was: its figures say nothing" for mode, run in found.items() if _ruined(run)]
    return Comparison(tuple(found[mode] for mode in modes), tuple(found[mode] for mode in BENCHMARKS), tuple(notes))


def _ruined(run: RunResult) -> bool:
    return any(value <= 0 for _, value in run.equity)


def refuse_empty(stage: Stage) -> None:
    """A range without a settlement is no backtest, whatever lies around it."""
    if len(stage.timeline.times) > 1:
        return
    settled = stage.panel.settlements.settled_at
    there = f"{iso(int(settled.min()))} to {iso(int(settled.max()))}" if len(settled) else "none"
    start, end = iso(stage.timeline.from_ms), iso(stage.timeline.to_ms)
    raise DataError(f"no settlement from {start} to {end}; stored until then: {there}")


def refuse_unfilled(stage: Stage) -> None:
    """A delay after which no candle of any pair opens tests nothing."""
    delay_ms = stage.timeline.delay_ms
    if delay_ms and len(stage.untradable) == len(stage.panel.pairs):
        raise DataError(
            f"no candles of both legs open {write_duration(delay_ms)} after a settlement, which is backtest.delay; "
            "`fundarb data list` shows the intervals stored, `fundarb fetch --interval 15m` brings shorter ones"
        )


def refuse_doubtful(stage: Stage) -> None:
    """`--strict`: missing settlements and pairs that cannot trade are refused."""
    words = []
    if stage.missing:
        words.append(
            f"{missing(stage.missing)}; `fundarb data gaps` shows where, `fundarb data list` which series ends early"
        )
    if stage.untradable:
        pairs = few(stage.untradable)
        words.append(f"no settlement finds candles of both legs: {pairs}; exclude or complete them{_lend(stage)}")
    if words:
        raise DataError("\n".join(words))


def _doubts(stage: Stage) -> list[str]:
    """What a reader should know of the data."""
    words = []
    if stage.untradable:
        pairs = few(stage.untradable)
        count = len(stage.untradable)
        words.append(
            f"{count} pair{'s' * (count > 1)} could not trade for want of candles of both legs: {pairs}{_lend(stage)}"
        )
        if count == len(stage.panel.pairs):
            words.append("nothing could be traded, so nothing is tested: every figure is that of cash")
    if stage.missing:
        words.append(unpaid(stage.missing))
    absurd = _absurd(stage)
    if absurd:
        beyond = sum(absurd.values())
        words.append(
            f"{beyond} settlement{'s' * (beyond > 1)} beyond {WIDEST_CAP:.0%}, more than any venue's cap: {few(absurd)}"
        )
    if stage.by_turnover:
        words.append("the universe was chosen by turnover after the range began: the past is seen with hindsight")
    return words


def _lend(stage: Stage) -> str:
    """What could be done about a spot that is not there."""
    return f"; {LEND} where no spot is stored" if lendable(stage.panel, stage.untradable) else ""


def _absurd(stage: Stage) -> dict[str, int]:
    """By pair, how many rates of the range no venue would have let pass."""
    settled, timeline = stage.panel.settlements, stage.timeline
    inside = (settled.settled_at >= timeline.from_ms) & (settled.settled_at <= timeline.to_ms)
    beyond = inside & (np.abs(settled.rate) > float(WIDEST_CAP))
    counts = ((pair.symbol, int(beyond[settled.rows(i)].sum())) for i, pair in enumerate(stage.panel.pairs))
    return {symbol: count for symbol, count in counts if count}


def _undecided(stage: Stage, mode: Mode, plan: Plan) -> str | None:
    """A word about a mode that could decide nothing in the range, and the history that would suffice."""
    timeline = stage.timeline
    if plan.ready_ms is None or plan.ready_ms < timeline.to_ms:
        return None
    since_ms = (timeline.from_ms - plan.history_ms - LONGEST_INTERVAL) // DAY * DAY  # the first row has no interval
    line = fetch_line((pair.symbol for pair in stage.panel.pairs), since_ms)
    return (
        f"{mode} could decide nothing in the range: it needs {plan.history_ms // DAY} days of settlements before; "
        f"history since {iso(since_ms)[:10]} would suffice: {line}"
    )
