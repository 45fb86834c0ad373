"""Worked backtests: every total, trade, count, sample, ledger line and metric as another implementation has them."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from fundarb.domain.instants import parse_instant
from tests.engine.running import run_engine
from tests.engine.worlds import read_world
from tests.golden.backtest_cases import NAMES, as_sets, differences, load, read_json, run_json

SHARED = Path(__file__).resolve().parents[3] / "shared"
REFERENCES = ("majors-2020-2023", "bybit-wide-2024")


@pytest.mark.parametrize("name", NAMES)
def test_backtest_comes_to_what_is_expected(name: str) -> None:
    case = load(name)
    runs = run_engine(case.world, case.sets, case.span, case.modes, case.no_spot)
    found = [differences(want, run_json(run)) for want, run in zip(case.expected, runs, strict=True)]
    assert found == [[] for _ in case.modes]


def test_cases_are_all_there() -> None:
    assert len(NAMES) == 49


def test_a_wrong_digit_anywhere_is_a_difference() -> None:
    want = load("base_fee_dust").expected[0]
    for path in (
        ("totals", "net"),
        ("trades", 0, "qty"),
        ("ledger", 2, "fee"),
        ("equity", 1, 1),
        ("counts", "entries"),
    ):
        wrong = copy.deepcopy(want)
        place = wrong
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = f"{place[path[-1]]}1"
        assert len(differences(want, wrong)) == 1, path
    assert differences(want, {**want, "ledger": want["ledger"][:-1]})
    assert differences(want, {**want, "metrics": {**want["metrics"], "win_rate": None}})


@pytest.mark.slow
@pytest.mark.parametrize("name", REFERENCES)
def test_real_history_comes_to_the_reference(name: str) -> None:
    reference, data = SHARED / "conformance" / "reference", SHARED / "data" / name
    if not (data.exists() and reference.exists()):
        pytest.skip(f"the real data is not beside this checkout: {data}")
    want = read_json(reference, name)
    world, no_spot = read_world(data)
    span = parse_instant(want["from"]), parse_instant(want["to"])
    modes = [run["mode"] for run in want["runs"]]
    runs = run_engine(world, as_sets(want["set"]), span, modes, no_spot)
    assert [differences(run, run_json(got)) for run, got in zip(want["runs"], runs, strict=True)] == [[] for _ in modes]
