"""The long campaign of tests/parity/test_lanes.py: two thousand markets, three sets each, through both lanes."""

from __future__ import annotations

import pytest

from tests.parity.test_lanes import CAMPAIGNS, PART, SEEN, agree


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_lanes_agree_on_hundreds_of_markets(name: str) -> None:
    whole = CAMPAIGNS[name][2]
    seen = agree(name, PART[name], whole - PART[name])
    print(name, dict(sorted(seen.items())))  # noqa: T201 (the table of the campaign)
    everywhere = {"entries", "no_price", "stale_prices", "stale_marks", "liquidations", "delistings", "open"}
    assert set(seen) >= SEEN[name] | everywhere | {"left by end", "left by stale", "left by delisting"}
