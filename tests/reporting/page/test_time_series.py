"""What is drawn over time adds up to what the run says: sources to net at every step, capital in use to utilisation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fundarb.domain.position import Split
from fundarb.domain.result import RunResult
from fundarb.reporting.months import month_splits
from fundarb.reporting.page.calendar import calendar
from fundarb.reporting.page.equity_chart import drawdown, samples
from fundarb.reporting.page.flows import flows
from fundarb.reporting.page.usage import usage
from tests.reporting.page.materials import made_run
from tests.reporting.runs import NAMES, runs_of

RUNS = [pytest.param(run, id=f"{name} {run.mode}") for name in NAMES for run in runs_of(name)]


@pytest.mark.parametrize("run", RUNS)
def test_sources_add_up_to_equity_at_every_step_and_end_at_the_totals(run: RunResult) -> None:
    found, equity = flows(run), dict(run.equity)
    assert found[-1].split == run.totals.split
    assert (found[0].at_ms, found[0].split) == (run.from_ms, Split())
    for flow in found[1:]:
        assert flow.split.net == equity[flow.at_ms] - run.equity[0][1]


@pytest.mark.parametrize("run", RUNS)
def test_time_mean_of_capital_in_use_is_the_utilisation(run: RunResult) -> None:
    found = usage(run)
    assert found is not None
    hours = np.diff(found.times)
    if hours.sum():
        mean = np.dot(found.in_use[:-1], hours) / np.dot(found.equity[:-1], hours)
        assert mean == pytest.approx(run.metrics["utilisation"], abs=1e-9)
    assert found.positions.max() <= len(run.trades) + len(run.open)
    assert found.positions[-1] == len(run.open)


@pytest.mark.parametrize("run", RUNS)
def test_the_deepest_drawdown_drawn_is_the_one_of_the_metrics(run: RunResult) -> None:
    _, values = samples(run)
    assert drawdown(values).max() == pytest.approx(run.metrics["max_drawdown"], abs=1e-9)


def test_a_run_that_does_not_say_how_it_was_margined_has_no_usage() -> None:
    assert usage(replace(made_run(("BTC/USDT:USDT",)), params={})) is None


def test_the_calendar_has_each_month_as_the_table_has_it_and_years_that_add_up() -> None:
    run = made_run(("BTC/USDT:USDT", "ETH/USDT:USDT"), days=400)
    page = calendar(run, run.mode)
    for month, split in month_splits(run).items():
        assert f'data-month="{month}">{round(float(split.net), 2) + 0.0:,.2f}</td>' in page
    assert page.count("<tr>") == 3
    assert page.count('class="n sum"') == 2
