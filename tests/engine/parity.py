"""The engine and the second implementation on one world: every difference in words."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from fundarb.domain.ledger import LedgerLine
from fundarb.domain.money import UNIT
from fundarb.domain.position import Split
from fundarb.domain.result import RunResult
from fundarb.research.backtest import make_plan, run_mode
from fundarb.research.rules import Setup
from fundarb.research.stage import Stage
from fundarb.strategy.plan import ABSENT, Plan
from tests.engine.plain import PlainRun
from tests.engine.plain_book import Held, Line
from tests.engine.plain_figures import figures, missing_settlements
from tests.engine.plain_market import PairHistory
from tests.engine.plain_plan import Mode, Opinion, Opinions, banded, cash, hold, scored, simple
from tests.engine.plain_terms import Terms
from tests.engine.running import setup_of, stage_of
from tests.engine.worlds import Stream

COUNTED = (
    "entries",
    "no_price",
    "stale_marks",
    "stale_prices",
    "liquidations",
    "guards",
    "delistings",
    "rotations",
)
METRIC = 1e-9


def both(
    world: Sequence[Stream], sets: Mapping[str, str], span: tuple[int, int], mode: str
) -> tuple[RunResult, PlainRun]:
    """The run of each."""
    setup = setup_of(sets, [stream.pair for stream in world])
    stage = stage_of(world, setup, *span)
    return asyncio.run(run_mode(stage, setup, mode)), plain_run(world, sets, span, mode, stage, setup)


def plain_run(
    world: Sequence[Stream], sets: Mapping[str, str], span: tuple[int, int], mode: str, stage: Stage, setup: Setup
) -> PlainRun:
    """The second implementation's run; of the stage under test it takes scores and forecasts only."""
    terms = Terms(sets)
    stand_in = terms.word("backtest.spot_source") == "perp"
    histories = {stream.pair.symbol: PairHistory(_read_by(stream, span[1]), stand_in=stand_in) for stream in world}
    return PlainRun(histories, terms, _mode(mode, terms, histories, span[0], stage, setup), *span).go()


def _read_by(stream: Stream, to_ms: int) -> Stream:
    """What a run up to `to` reads: what is stored of later days changes no result ("no spot candle at all" among them)."""
    settled = tuple(row for row in stream.settled if row[0] <= to_ms)
    perp, spot, mark = (
        tuple(bar for bar in bars if bar.open_at <= to_ms) for bars in (stream.perp, stream.spot, stream.mark)
    )
    return replace(stream, settled=settled, perp=perp, spot=spot, mark=mark)


def _mode(mode: str, terms: Terms, histories: dict[str, PairHistory], from_ms: int, stage: Stage, setup: Setup) -> Mode:
    if mode == "hold":
        return hold(histories, from_ms)
    if mode == "simple":
        return simple(terms)
    if mode == "cash":
        return cash()
    given = given_opinions(stage, make_plan(stage, setup, mode))
    return scored(terms, given) if mode == "composite" else banded(terms, given)


def given_opinions(stage: Stage, plan: Plan) -> Opinions:
    """Scores, forecasts and flags as a plan has them."""
    rows = stage.panel.settlements
    row_of = {
        (pair.symbol, int(rows.settled_at[row])): row
        for index, pair in enumerate(stage.panel.pairs)
        for row in range(int(rows.offsets[index]), int(rows.offsets[index + 1]))
    }
    assert plan.score is not None
    assert plan.forecast is not None
    scores, forecasts = plan.score.tolist(), plan.forecast.tolist()

    def opinion(history: PairHistory, at: int) -> Opinion:
        settled = history.last_settled(at)
        if settled is None:
            return Opinion()
        row = row_of[history.symbol, settled]
        regime = [one for one in plan.regimes if one.since_ms <= at][-1]
        score, forecast = (None if x == ABSENT else Fraction(x, UNIT) for x in (scores[row], forecasts[row]))
        return Opinion(bool(regime.enter[row]), bool(regime.exit[row]), score or Fraction(0), score, forecast)

    return opinion


def differences(run: RunResult, plain: PlainRun) -> list[str]:
    """Everything on which they disagree."""
    return [
        *_lines(run, plain),
        *_trades(run, plain),
        *_counts(run, plain),
        *_equity(run, plain),
        *_figures(run, plain),
    ]


def _lines(run: RunResult, plain: PlainRun) -> Iterator[str]:
    mine, theirs = [_line(line) for line in run.ledger], plain.folio.lines
    for index, (one, other) in enumerate(zip(mine, theirs, strict=False)):
        if one != other:
            yield f"ledger {index}: {one} is not {other}"
            return
    if len(mine) != len(theirs):
        yield f"ledger: {len(mine)} lines, {len(theirs)} expected: {[*mine, *theirs][min(len(mine), len(theirs))]}"


def _line(line: LedgerLine) -> Line:
    def exact(value: Decimal | None) -> Fraction | None:
        return None if value is None else Fraction(value)

    def word(value: StrEnum | None) -> str | None:
        return None if value is None else str(value)

    return Line(
        at=line.at_ms,
        kind=str(line.kind),
        pair=line.pair,
        cash=Fraction(line.cash),
        leg=word(line.leg),
        side=word(line.side),
        qty=exact(line.qty),
        price=exact(line.price),
        fee=exact(line.fee),
        fee_ccy=line.fee_ccy,
        rate=exact(line.rate),
    )


def _trades(run: RunResult, plain: PlainRun) -> Iterator[str]:
    mine = sorted(
        (t.pair, t.opened_ms, t.closed_ms, Fraction(t.qty), str(t.open_reason), str(t.close_reason), _split(t.split))
        for t in run.trades
    )
    if mine != sorted(_trade(held, held.split()) for held in plain.folio.trades):
        yield f"trades: {mine} are not {sorted(_trade(held, held.split()) for held in plain.folio.trades)}"
    still = [(t.pair, t.opened_ms, None, Fraction(t.qty), str(t.open_reason), None, _split(t.split)) for t in run.open]
    marked = plain.marks.prices
    theirs = [_trade(held, held.split(*marked[name])) for name, held in sorted(plain.folio.held.items())]
    if still != [(*trade[:5], None, trade[6]) for trade in theirs]:
        yield f"open: {still} are not {theirs}"


def _trade(held: Held, split: tuple[Fraction, ...]) -> tuple[object, ...]:
    return held.pair.symbol, held.opened, held.closed, held.qty_at_entry, held.reason, held.close_reason, split


def _split(split: Split) -> tuple[Fraction, ...]:
    parts = (split.funding, split.price, split.fees, split.slippage, split.other, split.net)
    return tuple(Fraction(part) for part in parts)


def _counts(run: RunResult, plain: PlainRun) -> Iterator[str]:
    lacking = sum(missing_settlements(one, plain.from_ms, plain.to_ms) for one in plain.histories.values())
    wanted = {name: plain.counts[name] for name in COUNTED}
    wanted |= {"trades": len(plain.folio.trades), "missing_settlements": lacking}
    for name, count in wanted.items():
        if getattr(run.counts, name) != count:
            yield f"{name}: {getattr(run.counts, name)}, {count} expected"
    if {str(k): v for k, v in run.counts.refused.items()} != dict(plain.refused):
        yield f"refused: {dict(run.counts.refused)}, {dict(plain.refused)} expected"


def _equity(run: RunResult, plain: PlainRun) -> Iterator[str]:
    mine = [(at, Fraction(value)) for at, value in run.equity]
    for one, other in zip(mine, plain.samples, strict=True):
        if one != other:
            yield f"equity at {other[0]}: {float(one[1])}, {float(other[1])} expected"
            return
    if Fraction(run.totals.lowest_cash) != plain.lowest_cash:
        yield f"lowest cash {run.totals.lowest_cash}, {float(plain.lowest_cash)} expected"
    if Fraction(run.totals.split.net) != plain.samples[-1][1] - plain.samples[0][1]:
        yield f"net {run.totals.split.net} is not what equity gained"


def _figures(run: RunResult, plain: PlainRun) -> Iterator[str]:
    for name, wanted in figures(plain).items():
        if not _close(run.metrics[name], wanted):
            yield f"{name}: {run.metrics[name]}, {wanted} expected"


def _close(got: float | None, wanted: float | None) -> bool:
    if got is None or wanted is None:
        return got is wanted
    return math.isclose(got, wanted, rel_tol=METRIC, abs_tol=METRIC)
