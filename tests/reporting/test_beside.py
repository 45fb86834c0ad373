"""Portfolios side by side say which does better, and say it only once two weeks and the figures allow it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from fundarb.domain.instants import DAY
from fundarb.domain.result import RunResult
from fundarb.reporting.beside import BESIDE_COLUMNS, beside_rows
from tests.contract.trading_samples import a_run


def side(name: str, days: int, gain: float, noise: float = 0.1) -> RunResult:
    """A portfolio of 10,000 that makes so much a day, more or less."""
    steps = np.random.default_rng(len(name)).normal(gain, noise, days)
    equity = 10_000 + np.cumsum([0.0, *steps])
    worth = tuple((number * DAY, Decimal(f"{value:.6f}")) for number, value in enumerate(equity.tolist()))
    return replace(a_run(name), portfolio=name, equity=worth)


@pytest.mark.parametrize(
    ("days", "gain", "words"),
    [
        (1, 5.0, "fewer than two whole days were seen by both"),
        (9, 5.0, "too early: 5 days are missing to two weeks"),
        (30, 0.0, "either may be the better one"),
        (30, 5.0, "paper:composite does better"),
        (30, -5.0, "paper:simple does better"),
    ],
)
def test_the_verdict_waits_for_days_and_figures(days: int, gain: float, words: str) -> None:
    (row,) = beside_rows([side("paper:simple", days, 0.0), side("paper:composite", days, gain)])
    assert tuple(row) == BESIDE_COLUMNS
    assert (row["ours"], row["theirs"], row["words"]) == ("paper:composite", "paper:simple", words)
    if days > 1:
        assert row["days"] == days
        assert row["low"] <= row["annual"] <= row["high"]
        assert row["annual"] == pytest.approx(gain * 365 / 10_000, abs=0.01)
    else:
        assert row["annual"] is None
