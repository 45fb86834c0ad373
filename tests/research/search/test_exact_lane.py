"""The exact lane is backtests, whoever runs them: here, or in processes of their own."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from concurrent.futures import BrokenExecutor
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from fundarb.domain.result import METRICS
from fundarb.errors import FundarbError
from fundarb.research.backtest import run_mode
from fundarb.research.rules import Setup
from fundarb.research.search.dearer import at_doubled_costs
from fundarb.research.search.exact_lane import ExactLane, daily_returns, plan_key
from fundarb.research.search.lanes import COUNTS, TOTALS, Outcomes
from fundarb.research.search.processes import ProcessCrew
from fundarb.research.stage import Stage
from fundarb.signals import composite
from tests.research.search.stages import DAYS, SPACE, base_setup, maker, small_stage


@pytest.fixture(scope="module")
def stage() -> Stage:
    return small_stage()


def setups(stage: Stage) -> list[Setup]:
    make, _ = maker(stage)
    found = [make(SPACE.place(number)) for number in range(SPACE.size)]
    return [setup for setup in found if setup is not None]


def same(one: Outcomes, other: Outcomes) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=name in ("metrics", "daily"))
        for name in ("metrics", "totals", "counts", "daily")
    )


def test_its_rows_are_what_a_backtest_says(stage: Stage) -> None:
    some = setups(stage)
    assert len(some) == 16  # of 18: two exits do not lie below their entry
    found = ExactLane(stage).run(some)
    assert found.daily.shape == (16, DAYS)
    for row, setup in enumerate(some):
        run = asyncio.run(run_mode(stage, setup, "simple"))
        assert run.params == setup.flat
        told = [float("nan") if run.metrics[name] is None else run.metrics[name] for name in METRICS]
        assert np.array_equal(found.metrics[row], np.array(told, dtype=float), equal_nan=True)
        assert found.totals[row, TOTALS.index("net")] == float(run.totals.split.net)
        assert found.counts[row, COUNTS.index("trades")] == run.counts.trades > 0
        assert np.array_equal(found.daily[row], daily_returns(run))


def test_every_mode_runs_in_any_order(stage: Stage) -> None:
    modes = ("simple", "cash", "composite", "hold", "band", "simple")
    mixed = [base_setup(f"strategy.mode={mode}") for mode in modes]
    found = ExactLane(stage).results(mixed)
    assert [run.mode for run in found] == list(modes)
    assert found[0] == found[-1]


def test_sets_that_differ_in_what_a_plan_depends_on_do_not_share_one() -> None:
    def key(*sets: str) -> object:
        return plan_key(base_setup(*sets))

    assert key() == key("sizing.size_usd=7") == key("strategy.band.enter=0.001")
    assert key() != key("strategy.simple.exit=0.00001")
    composite = "strategy.mode=composite"
    assert key(composite) == key(composite, "costs.fee_spot=0")
    assert key(composite) != key(composite, "costs.idle_apr=0.1")
    band = "strategy.mode=band"
    assert key(band) != key(band, "costs.fee_spot=0")
    assert key(band) != key(band, "strategy.composite.weights.carry=0.1")


def test_signals_are_made_once_for_all_thresholds_sizes_and_costs(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: Counter[str] = Counter()

    def counted(name: str) -> None:
        real = getattr(composite, name)

        def make(*given: Any, **named: Any) -> Any:
            made[name] += 1
            return real(*given, **named)

        monkeypatch.setattr(composite, name, make)

    for name in ("circumstances", "scored"):
        counted(name)
    mode, lane = "strategy.mode=composite", ExactLane(stage)
    threshold = ("strategy.composite.enter=0.5", "strategy.composite.exit=0.2", "sizing.size_usd=7")
    alike = [base_setup(mode, *threshold[:count]) for count in range(4)]
    lane.run([*alike, base_setup("strategy.mode=band", "strategy.band.enter=0.0001", "strategy.band.exit=0")])
    assert made == {"circumstances": 1, "scored": 1}
    lane.run([base_setup(mode, "strategy.composite.weights.carry=0.1"), base_setup(mode, "costs.idle_apr=0.1"), *alike])
    assert made == {"circumstances": 1, "scored": 3}
    fresh = ExactLane(stage).run(alike[2:3])
    assert same(lane.run(alike[2:3]), fresh)


def test_a_wiped_out_account_has_no_returns(stage: Stage) -> None:
    ruined = base_setup(
        "capital=1", "margin.mode=none", "risk.min_free_cash=0", "strategy.mode=hold", "costs.fee_spot=0.1"
    )
    (run,) = ExactLane(stage).results([ruined])
    assert (np.isnan(daily_returns(run)).all()) == any(value <= 0 for _, value in run.equity)


def test_doubled_costs_are_doubled_wherever_they_stand() -> None:
    setup = base_setup("costs.pairs.P001/USDT:USDT.slippage_bps=3", "costs.idle_apr=0.01")
    dear = at_doubled_costs(setup)
    assert (dear.costs.slippage_bps, dear.costs.fee_spot) == (Decimal(2), 2 * setup.costs.fee_spot)
    assert dear.costs.of("P001/USDT:USDT").slippage == 2 * setup.costs.of("P001/USDT:USDT").slippage
    assert dear.costs.idle_apr == setup.costs.idle_apr
    changed = {path: text for path, text in dear.flat.items() if setup.flat[path] != text}
    assert changed == {
        "costs.fee_perp": "0.0011",
        "costs.fee_spot": "0.002",
        "costs.pairs.P001/USDT:USDT.slippage_bps": "6",
        "costs.slippage_bps": "2",
    }


@pytest.mark.slow
def test_processes_find_the_same_and_are_gone_afterwards(stage: Stage) -> None:
    some = setups(stage)
    crew = ProcessCrew(stage, 2)
    futures = [crew.submit(some[:9]), crew.submit(some[9:])]
    parts = [future.result(timeout=120).outcomes for future in futures]
    crew.close()
    whole = ExactLane(stage).run(some)
    assert same(parts[0], Outcomes(whole.metrics[:9], whole.totals[:9], whole.counts[:9], whole.daily[:9]))
    assert same(parts[1], Outcomes(whole.metrics[9:], whole.totals[9:], whole.counts[9:], whole.daily[9:]))


@pytest.mark.slow
def test_abandoned_processes_end_at_once_whatever_they_are_at(stage: Stage) -> None:
    crew = ProcessCrew(stage, 2)
    futures = [crew.submit(setups(stage) * 200) for _ in range(3)]
    crew.close(abandon=True)
    assert all(future.cancelled() or isinstance(future.exception(timeout=60), BrokenExecutor) for future in futures)


@pytest.mark.slow
def test_a_lost_process_is_told_and_nothing_more_is_taken(stage: Stage) -> None:
    before, crew = _children(), ProcessCrew(stage, 1)
    future = crew.submit(setups(stage) * 200)
    (worker,) = _children() - before  # by fork, so it is there once there is work
    os.kill(worker, signal.SIGKILL)
    assert isinstance(future.exception(timeout=60), BrokenExecutor)
    with pytest.raises(FundarbError, match="a worker process ended in the middle"):
        crew.submit(setups(stage))
    crew.close()


def _children() -> set[int]:
    """The processes this one has started and not yet seen the end of."""
    with open(f"/proc/self/task/{os.getpid()}/children") as listed:
        return {int(word) for word in listed.read().split()}
