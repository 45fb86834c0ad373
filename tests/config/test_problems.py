"""All problems come at once, one line each, with file, line, path, what is wrong and what is allowed."""

from __future__ import annotations

import pytest

from tests.config.asking import refused

UNKNOWN = [
    ("strategy.simple.exot", "did you mean strategy.simple.exit?"),
    ("strategy.compsite.enter", "did you mean strategy.composite.enter?"),
    ("slippage_bps", "did you mean costs.slippage_bps?"),
    ("risk.size_usd", "did you mean sizing.size_usd?"),
    ("strategy.exit", "did you mean strategy.simple.exit or strategy.composite.exit or strategy.band.exit?"),
    ("costs.pairs.BTC.slipage_bps", "did you mean costs.pairs.BTC.slippage_bps?"),
    ("nothing.like.it", "allowed at the top: capital, strategy, "),
    ("margin.zzz", "allowed at margin: mode, leverage, "),
    ("capital.usd", "capital is a value, it has no keys"),
    ("strategy..mode", "did you mean strategy.mode?"),
]


def test_everything_wrong_is_said_at_once_each_where_it_stands() -> None:
    text = "capital: none\nstrategy:\n  mode: bant\n  smple: {exit: 1}\ncosts:\n  fee_spot: 5\n"
    found = refused(
        text, env={"FUNDARB__RISK__PAIRCAP": "1"}, sets=["margin.leverage=0", "capital"], options={"--days": "many"}
    )
    assert sorted(line.split("; ")[0] for line in found) == [
        "--days: fetch.days: many is not a number",
        "--set: is not written path=value, as in capital=5000",
        "--set: margin.leverage: 0 is out of bounds",
        "c.yaml:1: capital: none is not a number",
        "c.yaml:3: strategy.mode: bant is not one of the choices",
        "c.yaml:4: strategy.smple: no such key",
        "c.yaml:6: costs.fee_spot: 5 is out of bounds",
        "environment FUNDARB__RISK__PAIRCAP: risk.paircap: no such key",
    ]


@pytest.mark.parametrize(("path", "hint"), UNKNOWN)
def test_an_unknown_key_comes_with_what_was_meant_or_what_there_is(path: str, hint: str) -> None:
    (line,) = refused(sets=[f"{path}=1"])
    assert hint in line
    assert line.startswith(f"--set: {path}: no such key; ")


def test_combinations_are_judged_only_once_every_value_is_good() -> None:
    assert len(refused(sets=["strategy.simple.exit=0.5", "strategy.simple.entri=0.6"])) == 1


def test_the_line_to_blame_is_one_that_was_written() -> None:
    (line,) = refused("# one\nstrategy: {simple: {entry: 0.0001}}\n")
    assert line.startswith("c.yaml:2: strategy.simple.entry: ")


def test_long_and_unprintable_values_are_shortened_to_one_line() -> None:
    (line,) = refused(sets=["capital=" + "9\n\x1b[31m" * 100])
    assert "\x1b" not in line
    assert len(line) < 160
