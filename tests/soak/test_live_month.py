"""Thirty simulated days of live trading against the sandbox with faults, kills and what a venue does of its own accord:
the wallet is the ledger to the digit, at rest no leg stands alone beyond a lot, and a rerun of the seed is the same."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.e2e.live_campaign import campaign
from tests.e2e.trading import named

DAYS, AGAIN = 30, 4
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
    first, second = (lived(tmp_path / name) for name in ("first", "second"))
    assert first == second


def lived(folder: Path) -> str:
    """A few days, and what they left."""
    folder.mkdir()
    with campaign(folder, SEED) as days:
        days.run(AGAIN)
        days.settle()
        found = days.summary()
    sys.stdout.write(f"seed {SEED}, {AGAIN} days: {found}\n")
    return found
