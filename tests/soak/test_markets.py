"""The long campaign of tests/engine/test_parity.py: thousands of adversarial markets, and what befell positions in them."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, Phase, given, settings

from tests.engine.markets import Recipe, recipes
from tests.engine.parity import both, differences
from tests.engine.plain import PlainRun

WEEK, QUARTER = 9, 98
campaign = settings(
    deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink]
)
EVERYWHERE = {
    *("entries", "no_price", "stale_prices", "liquidations", "guards", "delistings", "open"),
    *(
        "stale_data",
        "max_positions",
        "portfolio_cap",
        "insufficient_cash",
        "below_minimum",
        "below_break_even",
        "illiquid",
    ),
    *("left by end", "left by liquidation", "left by guard", "left by delisting"),
}


def test_thousands_of_markets_of_hold_and_simple_agree() -> None:
    seen = _agree(4000, 0, ("hold", "simple"))
    assert set(seen) >= EVERYWHERE | {"left by rate", "left by time", "left by stale"}


def test_thousands_of_markets_of_composite_agree() -> None:
    seen = _agree(3000, WEEK, ("composite",))
    assert set(seen) >= EVERYWHERE | {"left by score", "left by rotated", "left by time", "left by stale"}


def test_hundreds_of_markets_of_band_agree() -> None:
    seen = _agree(600, QUARTER, ("band",))
    assert set(seen) >= {"left by band", "left by rotated", "left by end", "left by liquidation", "left by delisting"}


def _agree(count: int, warm_days: int, modes: tuple[str, ...]) -> Counter[str]:
    """No difference in any market; what happened in all of them together, which is printed."""
    seen: Counter[str] = Counter()

    @settings(campaign, max_examples=count)
    @given(recipes(warm_days))
    def agree(recipe: Recipe) -> None:
        market = recipe.market()
        for mode in modes:
            run, plain = both(market.world, market.sets, market.span, mode)
            assert differences(run, plain) == []
            seen.update(_happened(plain))

    agree()
    print(dict(sorted(seen.items())))  # noqa: T201 (the table of the campaign)
    return +seen


def _happened(plain: PlainRun) -> Counter[str]:
    found = plain.counts + plain.refused + Counter(f"left by {trade.close_reason}" for trade in plain.folio.trades)
    return found + Counter({"runs": 1, "open": len(plain.folio.held)})
