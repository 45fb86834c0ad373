"""A few small markets through the fast lane, in whatever way the kernel is loaded; as a command it prints them."""

from __future__ import annotations

import json
import sys
from typing import Any

from fundarb.research.fast_lane import FastLane
from fundarb.research.kernel.lane import _run_range
from fundarb.research.search.lanes import Outcomes
from tests.engine.running import setup_of, stage_of
from tests.engine.wide_markets import wide_market
from tests.parity.lanes import variations

MODES = {"simple": (0, 8), "composite": (9, 4), "band": (98, 3)}  # days of rates before, markets
FIELDS = ("metrics", "totals", "counts", "daily")


def small_runs() -> dict[str, Any]:
    """What each mode came to."""
    found: dict[str, Any] = {"compiled": hasattr(_run_range, "signatures")}
    for mode, (warm_days, count) in MODES.items():
        ran = [_run(seed, warm_days, mode) for seed in range(count)]
        found[mode] = {name: [row for one in ran for row in getattr(one, name).tolist()] for name in FIELDS[:3]}
        found[mode]["daily"] = [day for one in ran for row in one.daily.tolist() for day in row]
    return found


def _run(seed: int, warm_days: int, mode: str) -> Outcomes:
    market = wide_market(seed, warm_days)
    pairs = [stream.pair for stream in market.world]
    setups = [setup_of(sets, pairs) for sets in variations(market, seed, 3)]
    return FastLane(stage_of(market.world, setups[0], *market.span), mode).run(setups)


if __name__ == "__main__":
    json.dump(small_runs(), sys.stdout)
