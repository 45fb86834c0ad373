"""The fast lane against the exact one on adversarial markets: same trades, same reasons, same figures."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from fundarb.domain.instants import parse_instant
from tests.engine.running import setup_of, stage_of
from tests.engine.test_parity import SWAPPING, delayed, has_events
from tests.engine.wide_markets import wide_market
from tests.engine.worlds import read_world
from tests.golden.backtest_cases import NAMES, as_sets, load, read_json
from tests.parity.lanes import OWN_REASON, differences, happened, run_both, run_both_on, variations

WEEK, QUARTER, SETS_A_MARKET = 9, 98, 3
SHARED = Path(__file__).resolve().parents[3] / "shared"
REFERENCES = {  # real histories, and what it takes to trade on them
    "majors-2020-2023": {"strategy.band.enter": "0.00015", "strategy.band.exit": "0.00002"},
    "bybit-wide-2024": {
        "strategy.exit_after_h": "96",
        "strategy.simple.entry": "0.00012",
        "strategy.composite.enter": "0.3",
        "strategy.composite.exit": "0.2",
        "strategy.band.enter": "0.00008",
        "strategy.band.exit": "0.00002",
    },
}
CAMPAIGNS = {  # markets of make soak; make test runs a part
    "simple": ("simple", 0, 900, {}),
    "composite": ("composite", WEEK, 500, {}),
    "rotations": ("composite", WEEK, 300, SWAPPING | {"sizing.size_usd": "100", "margin.guard": "0"}),
    "band": ("band", QUARTER, 300, {}),
}
PART = {"simple": 40, "composite": 50, "rotations": 15, "band": 18}  # all that is SEEN happens in them
SEEN = {  # what the part reaches already
    "simple": {"stale_prices", "stale_marks", "guards", "delistings", "open", "left by rate", "left by time"},
    "composite": {"left by score", "left by time", "left by stale", "guards", "delistings", "open"},
    "rotations": {"left by score", "rotations", "left by rotated", "delistings", "open"},
    "band": {"left by band", "left by time", "guards", "open"},
}


def agree(name: str, first: int, count: int) -> Counter[str]:
    """No difference on any of these markets; what happened in all of them together."""
    mode, warm_days, _, sets = CAMPAIGNS[name]
    seen: Counter[str] = Counter()
    for seed in range(first, first + count):
        market = wide_market(seed, warm_days)
        if has_events(market):
            for number, drawn in enumerate(variations(market, seed, SETS_A_MARKET)):
                both = run_both_on(market, drawn | sets, mode)
                assert differences(both) == [], f"{name}, seed {seed}, set {number}"
                seen += happened(both)
    return seen


@pytest.mark.slow
@pytest.mark.parametrize("name", CAMPAIGNS)
def test_lanes_agree_on_adversarial_markets(name: str) -> None:
    seen = agree(name, 0, PART[name])
    assert set(seen) >= SEEN[name] | {"entries", "no_price", "left by liquidation"}


@pytest.mark.slow
def test_lanes_agree_where_orders_fill_later() -> None:
    seen: Counter[str] = Counter()
    for seed in range(12):
        market = delayed(wide_market(seed, 0))
        if has_events(market):
            both = run_both_on(market, market.sets, "simple")
            assert differences(both) == [], f"seed {seed}"
            seen += happened(both)
    assert set(seen) >= {"entries", "no_price", "left by rate"}


@pytest.mark.parametrize("name", NAMES)
def test_lanes_agree_on_the_worked_cases(name: str) -> None:
    case = load(name)
    pairs = [stream.pair for stream in case.world]
    for mode in OWN_REASON:
        setup = setup_of(case.sets, pairs)
        if setup.margin.mode == "cross" or setup.costs.impact_k:
            continue
        stage = stage_of(case.world, setup, *case.span, case.no_spot)
        assert differences(run_both(stage, setup, mode)) == [], mode


@pytest.mark.slow
@pytest.mark.parametrize("name", REFERENCES)
def test_lanes_agree_on_real_history(name: str) -> None:
    data, reference = SHARED / "data" / name, SHARED / "conformance" / "reference"
    if not (data.exists() and reference.exists()):
        pytest.skip(f"the real data is not beside this checkout: {data}")
    want = read_json(reference, name)
    world, no_spot = read_world(data)
    setup = setup_of(as_sets(want["set"]) | REFERENCES[name], [stream.pair for stream in world])
    stage = stage_of(world, setup, parse_instant(want["from"]), parse_instant(want["to"]), no_spot)
    for mode in OWN_REASON:
        both = run_both(stage, setup, mode)
        assert differences(both) == [], mode
        assert len(both.exact.trades) + len(both.exact.open) >= 5, mode


def test_a_single_basis_point_is_a_difference() -> None:
    market = wide_market(3, 0)
    other = market.sets | {"costs.slippage_bps": "2"}
    both = run_both_on(market, market.sets | {"costs.slippage_bps": "1"}, "simple")
    dearer = run_both_on(market, other, "simple")
    assert both.exact.counts.trades > 0
    found = differences(type(both)(dearer.exact, both.fast, both.symbols))
    assert {line.split(":")[0] for line in found} >= {"net", "slippage", "turnover"}
