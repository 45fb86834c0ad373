"""Thirty simulated days of live trading against the sandbox with faults, kills and what a venue does of its own accord:
the wallet is the ledger to the digit, and at rest no leg stands alone beyond a lot."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

from fundarb.domain.instants import iso, parse_instant
from tests.e2e.live_campaign import Campaign
from tests.e2e.trading import ledger, named
from tests.sandbox.running import spawned_sandbox

START, DAYS = parse_instant("2026-01-10T08:00Z"), 30
SEED = int(os.environ.get("FUNDARB_SOAK_SEED", "1"))


def test_a_month_of_live_trading_with_faults(tmp_path: Path) -> None:
    with spawned_sandbox("--pairs", "12", "--start", iso(START), "--speed", "step", "--seed", str(SEED)) as sandbox:
        campaign = Campaign(sandbox.url, tmp_path, random.Random(SEED), poll="1h")
        campaign.run(START, DAYS)
        campaign.settle()
    sys.stdout.write(
        f"seed {SEED}: {len(ledger(tmp_path, 'live'))} lines in {DAYS} days; ended {dict(campaign.ends)}; "
        f"happened {dict(campaign.happened)}; struck {dict(campaign.struck)}; "
        f"{len(named(campaign.told, 'healed'))} healed, {len(named(campaign.told, 'unsure'))} unsure\n"
    )
    assert sum(campaign.struck.values()) > 20
    assert len(named(campaign.told, "opened")) > 10
    flagged = [one for one in named(campaign.told, "funding") if "flagged" in one]
    assert flagged == []
