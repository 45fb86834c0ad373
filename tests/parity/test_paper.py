"""The same recorded views through the wiring of a backtest and through that of paper: the same ledger, digit for digit."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fundarb.domain.market import Span
from fundarb.domain.result import RunResult
from fundarb.engine.trading.remembering import remembered
from fundarb.research.backtest import run_mode
from fundarb.research.portfolio import portfolio_result
from fundarb.strategy.params import Mode
from tests.drawing import drawn
from tests.engine.markets import PairKnobs, Recipe, recipes
from tests.engine.running import setup_of, stage_of
from tests.parity.paper import PaperRun, trade_on

WARM_DAYS = 9
ALIKE = {
    "backtest.close_at_end": "false",
    "backtest.spot_source": "spot",
    "margin.guard": "0",  # it looks at every poll on paper, at every open in a backtest
    "costs.impact_k": "0",
}


def compared(recipe: Recipe, mode: Mode, part: float) -> tuple[RunResult, PaperRun, RunResult]:
    """A backtest, what paper made of the same with one restart on the way, and that read as a run."""
    market = recipe.market()
    span, setup = Span(*market.span), setup_of(market.sets | ALIKE, [stream.pair for stream in market.world])
    stage = stage_of(market.world, setup, span.start_ms, span.end_ms)
    run = asyncio.run(run_mode(stage, setup, mode))
    events = stage.timeline.times[:-1].tolist()
    restarts = frozenset(events[int(part * len(events)) :][:1])
    paper = asyncio.run(trade_on(market.world, setup, mode, span, events, restarts))
    read = portfolio_result("paper", paper.lines, remembered(paper.events), setup.flat, stage.panel)
    return run, paper, read


@pytest.mark.slow
@settings(max_examples=drawn(12), deadline=None, suppress_health_check=list(HealthCheck))
@given(recipes(WARM_DAYS), st.floats(0, 0.99), st.sampled_from(["hold", "simple", "composite"]))
def test_paper_books_what_a_backtest_books(recipe: Recipe, part: float, mode: Mode) -> None:
    """Up to the first liquidation, after which paper sells the spot when it looks, and not at a candle of the past."""
    backtest, paper, read = compared(recipe, mode, part)
    first = next((line.at_ms for line in backtest.ledger if line.kind == "liquidation"), None)
    ours = [line for line in paper.lines if first is None or line.at_ms < first]
    theirs = [line for line in backtest.ledger if first is None or line.at_ms < first]
    assert ours == theirs
    if first is None:
        assert sampled(paper) == list(backtest.equity[1:-1])
        assert_reads_alike(read, backtest)


def assert_reads_alike(read: RunResult, backtest: RunResult) -> None:
    """What a report says of paper is what it says of the backtest, but for the prices of the very end."""
    assert read.trades == backtest.trades
    one, other = read.totals.split, backtest.totals.split
    assert (one.funding, one.fees, one.slippage) == (other.funding, other.fees, other.slippage)
    for name in ("entries", "refused", "rotations", "trades"):
        assert getattr(read.counts, name) == getattr(backtest.counts, name)
    assert read.totals.equity == read.totals.split.net + backtest.equity[0][1]
    assert [(row.pair, row.opened_ms, row.qty) for row in read.open] == [
        (row.pair, row.opened_ms, row.qty) for row in backtest.open
    ]


def sampled(paper: PaperRun) -> list[tuple[int, Decimal]]:
    """What was written down of equity."""
    return [
        (one.at_ms, Decimal(json.loads(one.data)["equity"])) for one in paper.events if one.name == "cycle" and one.data
    ]


def test_the_worlds_make_paper_do_everything() -> None:
    """So that the test above compares more than silence."""
    kinds: Counter[str] = Counter()
    for seed in range(12):
        recipe = example(seed)
        backtest, _, _ = compared(recipe, "hold" if seed % 2 else "simple", 0.5)
        kinds.update(str(line.kind) for line in backtest.ledger)
    assert {"fill", "funding", "interest"} <= set(kinds)


def example(seed: int) -> Recipe:
    """A plain recipe, the same for the same seed."""
    knobs = PairKnobs(
        interval_h=(8, 4, 1)[seed % 3],
        later_interval_h=8,
        hole=0.0,
        missing=(0.0, 0.03),
        spans=((1,), (1,), (1,)),
        marks=0.5,
        jump=0.0,
        spike=0.0,
        tick=Decimal("0.01"),
        multiplier=Decimal(1),
        perp_step=Decimal("0.01"),
        spot_step=Decimal("0.001"),
        min_notional=Decimal(5),
        mmr=None,
        listed_h=None,
        gone_h=None,
        dead_h=None,
        rising=False,
        off_the_hour=False,
        level=Decimal(100),
    )
    sets = {"costs.idle_apr": "0.04", "costs.slippage_bps": "5"}
    return Recipe([knobs, knobs], 4, 0, 0, sets, own_slippage=True, seed=seed, warm_days=1)
