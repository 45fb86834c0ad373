"""Names of pairs become perp symbols once the store's pairs are known."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fundarb.accounting.costs import PairCostParams
from fundarb.accounting.fees import PairCosts, round_trip_bp
from fundarb.config import canonical_pairs, unknown_pairs
from fundarb.domain.instrument import LotRule, Pair
from fundarb.errors import UnknownPair
from tests.config.asking import resolved

LOTS = LotRule(Decimal("0.001"), Decimal(0), Decimal(0))


def pair(symbol: str, spot: str | None = None) -> Pair:
    return Pair(symbol, spot, Decimal(1), LOTS, LOTS)


PAIRS = (
    pair("BTC/USDT:USDT", "BTC/USDT"),
    pair("ETH/USDT:USDT", "ETH/USDT"),
    pair("ETH/USDC:USDC", "ETH/USDC"),
    pair("1000PEPE/USDT:USDT", "PEPE/USDT"),
)


@pytest.mark.parametrize("name", ["BTC", "btc", "BTCUSDT", "BTC/USDT:USDT", "BTC/USDT"])
def test_any_spelling_of_a_pair_costs_the_same(name: str) -> None:
    settings = canonical_pairs(resolved(sets=[f"costs.pairs.{name}.slippage_bps=2"]).settings, PAIRS)
    assert settings.costs.of("BTC/USDT:USDT")[:3] == (Decimal("0.001"), Decimal("0.00055"), Decimal("0.0002"))
    assert settings.costs.of("ETH/USDT:USDT").slippage == Decimal("0.0005")


def test_a_fee_of_zero_is_a_fee_and_not_the_general_one() -> None:
    settings = resolved(
        sets=["costs.pairs.BTC/USDT:USDT.fee_spot=0", "costs.pairs.BTC/USDT:USDT.slippage_bps=0"]
    ).settings
    assert settings.costs.of("BTC/USDT:USDT") == PairCosts(Decimal(0), Decimal("0.00055"), Decimal(0), fee_in_base=True)
    assert round_trip_bp(settings.costs.of("BTC/USDT:USDT")) == 11


def test_two_spellings_merge_and_the_later_layer_wins() -> None:
    text = "costs: {pairs: {BTCUSDT: {slippage_bps: 1, fee_spot: 0}, BTC: {slippage_bps: 9}}}\n"
    env = {"FUNDARB__COSTS__PAIRS__BTC__FEE_SPOT": "0.002"}
    own = resolved(text, env=env, sets=["costs.pairs.BTCUSDT.slippage_bps=4"]).canonical(PAIRS).costs.pairs
    assert own == {"BTC/USDT:USDT": PairCostParams(slippage_bps=Decimal(4), fee_spot=Decimal("0.002"))}


def test_the_universe_is_named_by_symbols_each_once() -> None:
    sets = ["universe.pairs=[PEPE, BTC, BTCUSDT]", "universe.exclude=ETHUSDT"]
    universe = canonical_pairs(resolved(sets=sets).settings, PAIRS).universe
    assert universe.pairs == ("1000PEPE/USDT:USDT", "BTC/USDT:USDT")
    assert universe.exclude == ("ETH/USDT:USDT",)


def test_a_name_that_fits_several_is_refused() -> None:
    with pytest.raises(UnknownPair, match="ETH fits several pairs"):
        canonical_pairs(resolved(sets=["costs.pairs.ETH.fee_spot=0"]).settings, PAIRS)


def test_a_name_no_stored_pair_has_is_kept_and_reported() -> None:
    settings = resolved(sets=["costs.pairs.DOGE.fee_spot=0", "universe.exclude=SHIB,BTC"]).settings
    assert list(canonical_pairs(settings, PAIRS).costs.pairs) == ["DOGE"]
    assert unknown_pairs(settings, PAIRS) == ("DOGE", "SHIB")


def test_settings_without_names_are_left_alone() -> None:
    settings = resolved().settings
    assert canonical_pairs(settings, PAIRS) is settings
