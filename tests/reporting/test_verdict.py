"""The verdict: an edge only where every rule passed, and each rule said with its figure or with what it lacks."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from decimal import Decimal
from itertools import pairwise, product
from typing import Any

import pytest

from fundarb.domain.folds import WalkForward
from fundarb.domain.honesty import Against, Honesty
from fundarb.domain.instants import iso
from fundarb.reporting.verdict import Verdict, judge, statistics_document, verdict_document
from tests.reporting.trials import LATER, PASSING, fold, walk

PARAMS = {"strategy.simple.entry": "0.0003"}
WALK = walk(fold(1, PARAMS))
FAILINGS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("dsr", {"dsr": 0.9499}),
    ("pbo", {"pbo": 0.2001}),
    ("spa", {"against": (Against("cash", 0.0, 0.0), Against("hold", 0.0, 0.1))}),
)


def rule(verdict: Verdict, name: str) -> tuple[bool | None, str]:
    (found,) = (one for one in verdict.rules if one.name == name)
    return found.passed, found.words


def test_all_rules_passed_is_an_edge_and_is_still_called_a_backtest() -> None:
    verdict = judge(PASSING, WALK, 10.0)
    assert verdict.edge
    assert [one.name for one in verdict.rules] == ["dsr", "pbo", "spa", "out_of_sample", "doubled_costs"]
    assert verdict.words.startswith("An edge: all 5 rules pass.")
    assert "backtest" in verdict.words


def test_the_bounds_themselves_pass_where_at_least_or_at_most_is_asked() -> None:
    assert judge(replace(PASSING, dsr=0.95, pbo=0.2), WALK, 10.0).edge


@pytest.mark.parametrize(("name", "changed"), FAILINGS)
def test_one_failing_figure_is_enough(name: str, changed: dict[str, Any]) -> None:
    verdict = judge(replace(PASSING, **changed), WALK, 10.0)
    assert not verdict.edge
    assert [one.name for one in verdict.rules if one.passed is not True] == [name]
    assert verdict.words.startswith("No edge: of 5 rules 1 failed.")


def test_an_interval_that_touches_zero_and_a_loss_at_doubled_costs_fail() -> None:
    touching = walk(fold(1, PARAMS), out=replace(LATER, sharpe_low=0.0))
    assert rule(judge(PASSING, touching, 1.0), "out_of_sample")[0] is False
    assert rule(judge(PASSING, WALK, 0.0), "doubled_costs")[0] is False


LACKING: tuple[tuple[str, Honesty, WalkForward | None, float | None, str], ...] = (
    ("dsr", replace(PASSING, dsr=None, lacking={"dsr": "one trial"}), WALK, 1.0, "one trial"),
    ("pbo", replace(PASSING, pbo=None, lacking={"pbo": "40 days"}), WALK, 1.0, "40 days"),
    ("spa", replace(PASSING, against=(), lacking={"against.hold": "hold lost"}), WALK, 1.0, "hold lost"),
    ("spa", replace(PASSING, against=(Against("cash", 0.0, 0.0),)), WALK, 1.0, "not asked for"),
    ("out_of_sample", PASSING, None, 1.0, "--walk-forward"),
    (
        "out_of_sample",
        PASSING,
        walk(fold(1, PARAMS), out=replace(LATER, sharpe_low=None, sharpe_high=None, lacking="15 daily returns")),
        1.0,
        "15 daily returns",
    ),
    ("doubled_costs", PASSING, WALK, None, "not run"),
)


@pytest.mark.parametrize(("name", "found", "walked", "doubled", "why"), LACKING)
def test_what_could_not_be_computed_is_said_and_has_not_passed(
    name: str, found: Honesty, walked: WalkForward | None, doubled: float | None, why: str
) -> None:
    verdict = judge(found, walked, doubled)
    assert not verdict.edge
    passed, words = rule(verdict, name)
    assert passed is None
    assert words.startswith("not computed, so not passed")
    assert why in words
    assert verdict.words.startswith("No edge: of 5 rules 1 could not be computed.")


def test_where_nothing_could_be_computed_every_rule_says_why() -> None:
    blank = Honesty(days=10, trials=5, sampled=5, lacking={"winner": "10 daily returns; at least 30 are needed"})
    verdict = judge(blank, None, None)
    assert verdict.words.startswith("No edge: of 5 rules 5 could not be computed.")
    assert verdict.words.count("10 daily returns") == 3
    assert {one.passed for one in verdict.rules} == {None}


def test_the_words_say_what_the_winner_showed_and_what_luck_would_have() -> None:
    words = judge(PASSING, WALK, 10.0).words
    assert "Sharpe on 700 days is 6.50 (95 %: 4.20 to 8.80)" in words
    assert "the best of 1,240 worthless trials is expected to show 3.10" in words
    assert "histories with Sharpe ratios from 4.00 to 6.00" in words
    assert "made a Sharpe of 3.20 and 12.50 % a year on 360 later days, 40 trades" in words
    assert "says nothing on fewer than" not in words


def test_what_the_newer_stretches_made_is_said_beside_the_whole() -> None:
    path = [Decimal(value) for value in ("10000", "10300", "10200", "10150")]
    folds = [
        replace(fold(number, {}), capital=before, equity=after)
        for number, (before, after) in enumerate(pairwise(path), 1)
    ]
    words = judge(PASSING, walk(*folds), 1.0).words
    since = iso(folds[2].fold.test.start_ms)[:10]
    assert f"Of the 150.00 made there, -50.00 are from the newer half of the stretches, {since} on." in words
    assert "newer half" not in judge(PASSING, walk(folds[0]), 1.0).words
    assert "newer half" not in judge(PASSING, None, 1.0).words


def test_a_history_too_short_for_so_many_trials_is_said() -> None:
    words = judge(replace(PASSING, min_backtest_days=941.2, min_track_record_days=812.0), WALK, 10.0).words
    assert "says nothing on fewer than 941 days" in words
    assert "it takes 812 days" in words


def test_trials_that_are_twins_are_said_beside_their_overfitting() -> None:
    _, words = rule(judge(replace(PASSING, likeness=0.98, pbo=0.5), WALK, 1.0), "pbo")
    assert "nearly the same, correlation 0.98" in words
    assert "nearly the same" not in rule(judge(PASSING, WALK, 1.0), "pbo")[1]


@pytest.mark.parametrize("passed", [case for case in product((True, False, None), repeat=2) if case != (True, True)])
def test_every_combination_of_failed_and_unknown_is_counted(passed: tuple[bool | None, bool | None]) -> None:
    dsr = {True: 0.99, False: 0.1, None: None}[passed[0]]
    pbo = {True: 0.1, False: 0.9, None: None}[passed[1]]
    first = judge(replace(PASSING, dsr=dsr, pbo=pbo), WALK, 1.0).words.splitlines()[0]
    assert (f"{passed.count(False)} failed" in first) is (False in passed)
    assert (f"{passed.count(None)} could not be computed" in first) is (None in passed)


def test_documents_are_json_without_anything_undefined_left_out() -> None:
    found = statistics_document(PASSING)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert {"psr", "dsr", "pbo", "reality_check_p", "spa_p", "min_track_record_days"} <= set(found)
    assert (found["reality_check_p"], found["spa_p"]) == (0.03, 0.02)
    assert found["against"]["cash"] == {"reality_check_p": 0.001, "spa_p": 0.002}
    assert len(found) == len(fields(Honesty)) + 2  # every field, and the p values against hold by themselves
    assert statistics_document(replace(PASSING, against=()))["spa_p"] is None
    verdict = verdict_document(judge(PASSING, None, 1.0))
    assert (verdict["edge"], verdict["rules"][3]["passed"]) == (False, None)
    assert json.loads(json.dumps(verdict, allow_nan=False)) == verdict
