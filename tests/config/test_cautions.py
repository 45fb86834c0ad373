"""What is allowed but rarely meant is said, with the line it stands in, and never refused."""

from __future__ import annotations

import pytest

from tests.config.asking import resolved

SAID = [
    (
        ["strategy.simple.entry=0.0001", "strategy.simple.exit=0"],
        "strategy.simple.entry: 0.0001 is a venue's default rate",
    ),
    (["strategy.simple.exit=0.00005"], "strategy.simple.exit: 0.00005 is a venue's default rate"),
    (["strategy.simple.exit=0.000025"], "strategy.simple.exit: 0.000025 is a venue's default rate"),
    (["strategy.simple.exit=1.25e-5"], "strategy.simple.exit: 0.0000125 is a venue's default rate"),
    (["strategy.band.enter=0.0001"], "strategy.band.enter: 0.0001 is a venue's default rate"),
    (["strategy.band.exit=0.0000125"], "strategy.band.exit: 0.0000125 is a venue's default rate"),
    (["strategy.composite.exit=0.7"], "strategy.composite.exit: 0.7 is above enter (0.6)"),
    (["sizing.size_usd=3000"], "sizing.size_usd: 3000 is above risk.pair_cap (2000)"),
    (
        ["sizing.size_usd=900", "risk.max_portfolio=0.08"],
        "sizing.size_usd: 900 is above risk.max_portfolio of capital (800)",
    ),
    (["sizing.size_max=2500"], "sizing.size_max: 2500 is above risk.pair_cap (2000)"),
]
SILENT = [
    [],
    ["strategy.simple.exit=0.0001"],
    ["strategy.simple.exit=0.00006"],
    ["strategy.composite.exit=0.6"],
    ["sizing.size_usd=2000"],
    ["sizing.size_usd=90000", "risk.pair_cap=0", "risk.max_portfolio=null"],
    ["risk.pair_cap=1500"],
]


@pytest.mark.parametrize(("sets", "words"), SAID)
def test_says_what_is_rarely_meant(sets: list[str], words: str) -> None:
    (warning,) = resolved(sets=sets).warnings
    assert warning.startswith(f"--set: {words}")


@pytest.mark.parametrize("sets", SILENT)
def test_is_silent_otherwise(sets: list[str]) -> None:
    assert resolved(sets=sets).warnings == ()


def test_conviction_makes_its_largest_size_count() -> None:
    (warning,) = resolved("risk: {pair_cap: 1500}\nsizing: {mode: conviction}\n").warnings
    assert warning == "default: sizing.size_max: 2000 is above risk.pair_cap (1500); the gate shrinks it to that"
