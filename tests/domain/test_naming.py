"""Pair names and kinds as people type them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fundarb.domain.instrument import Kind, LotRule, Pair
from fundarb.domain.naming import parse_kinds, resolve_pair, resolve_pairs
from fundarb.errors import UnknownPair, UsageError

LOTS = LotRule(Decimal("0.001"), Decimal("0.001"), Decimal(5))


def pair(symbol: str, spot: str | None = None) -> Pair:
    return Pair(symbol, spot, Decimal(1), LOTS, LOTS)


PAIRS = (
    pair("1000PEPE/USDT:USDT", "PEPE/USDT"),
    pair("BTC/USDC:USDC", "BTC/USDC"),
    pair("BTC/USDT:USDT", "BTC/USDT"),
    pair("ETH/USDT:USDT", "ETH/USDT"),
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("BTC/USDT:USDT", "BTC/USDT:USDT"),
        ("BTCUSDT", "BTC/USDT:USDT"),
        ("btcusdc", "BTC/USDC:USDC"),
        ("BTC/USDT", "BTC/USDT:USDT"),
        ("ETH", "ETH/USDT:USDT"),
        ("eth", "ETH/USDT:USDT"),
        ("1000PEPE", "1000PEPE/USDT:USDT"),
        ("PEPE", "1000PEPE/USDT:USDT"),
        ("PEPE/USDT", "1000PEPE/USDT:USDT"),
    ],
)
def test_every_spelling_of_a_pair_finds_it(typed: str, meant: str) -> None:
    assert resolve_pair(typed, PAIRS) == meant


def test_a_short_name_that_fits_several_is_refused_and_lists_them() -> None:
    with pytest.raises(UnknownPair, match=r"BTC fits several pairs: BTC/USDC:USDC, BTC/USDT:USDT") as caught:
        resolve_pair("BTC", PAIRS)
    assert caught.value.exit_code == 2


def test_an_exact_spelling_wins_over_a_looser_one() -> None:
    plain = pair("PEPE/USDT:USDT", "PEPE/USDT")
    assert resolve_pair("PEPE", (*PAIRS, plain)) == "PEPE/USDT:USDT"


def test_an_unknown_pair_is_refused_with_what_may_have_been_meant() -> None:
    with pytest.raises(UnknownPair, match=r"no pair is called ETHUSD; did you mean ETH/USDT:USDT"):
        resolve_pair("ETHUSD", PAIRS)


def test_without_anything_close_the_list_is_pointed_to() -> None:
    with pytest.raises(UnknownPair, match="`fundarb data list` shows the 4 that are stored"):
        resolve_pair("QQQQQQQ", PAIRS)


def test_an_empty_store_says_how_to_fill_it() -> None:
    with pytest.raises(UnknownPair, match="the store has no pairs yet"):
        resolve_pair("BTC", ())


def test_several_names_keep_their_order_and_count_once() -> None:
    assert resolve_pairs(["ETH,BTCUSDT", "ETHUSDT", ""], PAIRS) == ("ETH/USDT:USDT", "BTC/USDT:USDT")


def test_candles_means_both_legs() -> None:
    assert parse_kinds("candles, funding,spot") == (Kind.SPOT, Kind.PERP, Kind.FUNDING)


def test_an_unknown_kind_is_refused_with_the_choices() -> None:
    with pytest.raises(UsageError, match=r"no such kind of data: fundings; did you mean funding\? choose from funding"):
        parse_kinds("fundings")


def test_no_kind_at_all_is_refused() -> None:
    with pytest.raises(UsageError, match="no kind of data named"):
        parse_kinds(" , ")


def test_a_symbol_in_full_is_itself_beside_one_that_differs_in_case_only() -> None:
    pairs = [pair("B/USDT:USDT"), pair("b/USDT:USDT")]
    assert resolve_pair("B/USDT:USDT", pairs) == "B/USDT:USDT"
    assert resolve_pair("b/USDT:USDT", pairs) == "b/USDT:USDT"
    with pytest.raises(UnknownPair, match="fits several"):
        resolve_pair("B", pairs)
