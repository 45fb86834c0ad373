"""Thirty simulated days of live trading against the sandbox with faults, kills and what a venue does of its own accord:
the wallet is the ledger to the digit, at rest no leg stands alone beyond a lot, and a rerun of the seed is the same."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.e2e.live_campaign import campaign, lived_twice
from tests.e2e.trading import named

DAYS, AGAIN = 30, 3
SEED = int(os.environ.get("FUNDARB_SOAK_SEED", "1"))


def test_a_month_of_live_trading_with_faults(tmp_path: Path) -> None:
    with campaign(tmp_path, SEED) as month:
        month.run(DAYS)
        month.settle()
        sys.stdout.write(f"seed {SEED}, {DAYS} days: {month.summary()}\n")
    assert sum(month.struck.values()) > 20
    assert len(named(month.told, "opened")) > 10
    flagged = [one for one in named(month.told, "funding") if "flagged" in one]
    assert flagged == []


def test_the_same_seed_gives_the_same_days_again(tmp_path: Path) -> None:
    first, second = lived_twice(tmp_path, SEED, AGAIN)
    sys.stdout.write(f"seed {SEED}, {AGAIN} days, twice: {first.summary()}\n")
    assert first.summary() == second.summary()
