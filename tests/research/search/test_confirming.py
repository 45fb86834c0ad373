"""Lanes agree to a millionth of what was traded and in every trade, or the search fails and names the set."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from fundarb.domain.ledger import LEG_KINDS
from fundarb.domain.result import RunResult
from fundarb.errors import FundarbError
from fundarb.research.search.confirming import TOLERANCE, difference, require_agreement, rows_to_confirm
from fundarb.research.search.exact_lane import ExactLane, outcomes
from fundarb.research.search.lanes import COUNTS, TOTALS
from fundarb.research.search.runner import Found
from tests.research.search.stages import base_setup, small_stage

NET = TOTALS.index("net")


@pytest.fixture(scope="module")
def run() -> RunResult:
    return ExactLane(small_stage()).results([base_setup()])[0]


def found_as(run: RunResult, net: float = 0.0, trades: int = 0) -> Found:
    """What a lane would have found that is so far off."""
    told = outcomes([run])
    told.totals[0, NET] += net
    told.counts[0, COUNTS.index("trades")] += trades
    return Found(np.array([7]), told.metrics, told.totals, told.counts, 0, 0)


def traded(run: RunResult) -> float:
    """What all buying and selling came to, funding left out."""
    legs = [line for line in run.ledger if line.kind in LEG_KINDS]
    return float(sum((line.qty * line.price for line in legs if line.qty and line.price), Decimal(0)))


def test_what_differs_by_less_than_a_millionth_of_turnover_agrees(run: RunResult) -> None:
    assert traded(run) > 1000
    assert require_agreement(found_as(run), [(0, run)], str) == 0.0
    off = traded(run) * TOLERANCE * 0.9
    assert require_agreement(found_as(run, off), [(0, run)], str) == pytest.approx(TOLERANCE * 0.9)
    assert difference(found_as(run, -off), 0, run) == pytest.approx(TOLERANCE * 0.9)


@pytest.mark.parametrize(("net", "trades", "words"), [(1.1, 0, "of turnover; allowed: 1e-06"), (0, 1, "trades ")])
def test_beyond_that_the_search_fails_and_names_the_set(run: RunResult, net: float, trades: int, words: str) -> None:
    found = found_as(run, net * traded(run) * TOLERANCE, trades)
    with pytest.raises(FundarbError, match=rf"disagree on set 7: .*{words}") as caught:
        require_agreement(found, [(0, run)], lambda row: f"set {found.numbers[row]}")
    assert caught.value.exit_code == 1


def test_an_undefined_net_agrees_with_nothing(run: RunResult) -> None:
    with pytest.raises(FundarbError, match="net nan against"):
        require_agreement(found_as(run, float("nan")), [(0, run)], str)


def test_without_a_trade_the_capital_is_the_measure(run: RunResult) -> None:
    idle = replace(run, ledger=(), trades=())
    assert difference(found_as(run, 0.01), 0, idle) == pytest.approx(0.01 / 10_000)


def test_the_sample_is_seeded_beside_the_leaders_and_never_beyond_what_there_is() -> None:
    assert rows_to_confirm([0, 1], 1000, 1) == rows_to_confirm([0, 1], 1000, 1)
    assert rows_to_confirm([0], 1000, 1) != rows_to_confirm([0], 1000, 2)
    assert len(rows_to_confirm([5], 1000, 1)) == 3
    assert rows_to_confirm([0, 1, 2], 3, 1) == []
    assert all(len(set(rows_to_confirm(range(10), 20, seed)) - set(range(10))) == 3 for seed in range(50))
    assert rows_to_confirm([], 2, 1) == [0, 1]
