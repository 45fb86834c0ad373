"""Text becomes exact values and canonical text again, in the same way from every source."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from fundarb.accounting.margin_params import Tier
from fundarb.config import override, resolve
from fundarb.domain.money import canonical
from fundarb.errors import ConfigError
from fundarb.risk.limits import RiskParams
from fundarb.strategy.simple import SimpleParams
from tests.config.asking import FILE, refused, resolved, value

OFF = (
    "risk.max_positions",
    "risk.max_portfolio",
    "risk.pair_cap",
    "risk.min_free_cash",
    "risk.max_break_even_h",
    "risk.min_volume",
    "margin.guard",
    "strategy.min_hold_h",
    "strategy.exit_after_h",
)
NULL_MEANS_SOMETHING = ("strategy.band.enter", "risk.venue_cap", "margin.tiers", "venue.url", "notify.webhook")
NULLS = ("null", "~", "")
decimals = st.decimals(min_value=Decimal("1e-20"), max_value=Decimal("1e15"), allow_nan=False, places=20)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=decimals, exponent=st.booleans())
def test_every_source_gives_the_same_digits(number: Decimal, exponent: bool) -> None:
    text = f"{number:E}" if exponent else f"{number:f}"
    Path(FILE).write_text(f"capital: {text}\n")
    none = Path(os.devnull)
    sources = (
        resolve([Path(FILE)], {}, (), {}, none),
        resolve([none], {"FUNDARB__CAPITAL": text}, (), {}, none),
        resolve([none], {}, [f"capital={text}"], {}, none),
    )
    for found in sources:
        assert found.settings.capital == number
        assert value(found, "capital") == canonical(number)


@pytest.mark.parametrize("written", ["0.1", "1e-1", ".1", "+0.10", "  0.1  "])
def test_no_number_passes_through_a_float(written: str) -> None:
    found = resolved(f"sizing: {{drawdown_stop: {written}}}").settings.sizing.drawdown_stop
    assert found == Decimal("0.1")
    assert isinstance(found, Decimal)


@pytest.mark.parametrize(
    "text", ["nan", "NaN", "inf", "-Infinity", "1_000", "0x10", "1,5", "1e9999", "٣", "ten", "1e31"]
)
def test_refuses_what_is_no_finite_number(text: str) -> None:
    (line,) = refused(sets=[f"sizing.size_usd={text}"])
    assert line.startswith(f"--set: sizing.size_usd: {text} ")
    assert line.endswith("allowed: a number above 0")


@pytest.mark.parametrize("text", ["1.5", "x", "true"])
def test_whole_numbers_are_whole(text: str) -> None:
    assert "allowed: a whole number from 1 to 1000" in refused(sets=[f"strategy.simple.min_consecutive={text}"])[0]


def test_a_whole_number_may_be_written_with_a_point() -> None:
    assert resolved(sets=["fetch.days=30.0"]).settings.fetch.days == 30


@pytest.mark.parametrize("text", ["True", "yes", "no", "on", "1", "0", "FALSE"])
def test_only_true_and_false_are_booleans(text: str) -> None:
    for line in (*refused(sets=[f"backtest.close_at_end={text}"]), *refused(f"backtest: {{close_at_end: {text}}}")):
        assert line.endswith(f"backtest.close_at_end: {text} is neither true nor false; allowed: true or false")


@pytest.mark.parametrize(
    ("text", "milliseconds"), [("10s", 10_000), ("8h", 28_800_000), ("1m", 60_000), ("500ms", 500)]
)
def test_durations_carry_their_unit(text: str, milliseconds: int) -> None:
    found = resolved(sets=[f"trade.poll={text}"])
    assert found.settings.trade.poll == milliseconds
    assert value(found, "trade.poll") == text


@pytest.mark.parametrize("text", ["10", "10 s", "-5s", "1y", "s", "199ms", "9h"])
def test_refuses_what_is_no_duration_or_out_of_bounds(text: str) -> None:
    assert "10s, 15m, 8h or 90d from 200ms to 8h" in refused(sets=[f"trade.poll={text}"])[0]


@pytest.mark.parametrize("text", ["[BTC, ETH]", "BTC,ETH", "['BTC', \"ETH\"]", "[BTC,\n  ETH]"])
def test_lists_are_written_with_or_without_brackets(text: str) -> None:
    assert resolved(sets=[f"universe.pairs={text}"]).settings.universe.pairs == ("BTC", "ETH")
    assert resolved(f"universe:\n  pairs: {text}\n").settings.universe.pairs == ("BTC", "ETH")


@pytest.mark.parametrize("text", [*NULLS, "[]"])
def test_no_pairs_named_is_the_empty_list(text: str) -> None:
    assert resolved(sets=["universe.pairs=BTC", f"universe.pairs={text}"]).settings.universe.pairs == ()


@pytest.mark.parametrize("path", OFF)
@pytest.mark.parametrize("text", ["0", "0.00", *NULLS])
def test_zero_and_null_mean_off(path: str, text: str) -> None:
    found = resolved(sets=[f"{path}=3" if path == "risk.max_positions" else f"{path}=0.5", f"{path}={text}"])
    assert value(found, path) == "0"
    section, name = path.split(".")
    assert getattr(getattr(found.settings, section), name) is None


@pytest.mark.parametrize("path", NULL_MEANS_SOMETHING)
@pytest.mark.parametrize("text", NULLS)
def test_null_is_kept_where_it_means_something(path: str, text: str) -> None:
    assert value(resolved(sets=[f"{path}={text}"]), path) == "null"
    head, _, name = path.rpartition(".")
    assert value(resolved(f"{head}.{name}: {text}"), path) == "null"


@pytest.mark.parametrize("text", NULLS)
@pytest.mark.parametrize(
    "path",
    ["capital", "costs.fee_spot", "margin.leverage", "strategy.mode", "margin.mode", "fetch.kinds", "trade.poll"],
)
def test_null_is_refused_everywhere_else(path: str, text: str) -> None:
    (line,) = refused(sets=[f"{path}={text}"])
    assert line.startswith(f"--set: {path}: ")
    assert "is refused; allowed: " in line


def test_null_is_refused_for_the_costs_of_a_pair() -> None:
    assert "null is refused" in refused(sets=["costs.pairs.BTC.fee_spot=null"])[0]


def test_zero_is_the_number_where_it_is_no_switch() -> None:
    assert resolved(sets=["risk.venue_cap=0"]).settings.risk.venue_cap == Decimal(0)


def test_collateral_tiers_are_sizes_and_ratios() -> None:
    found = resolved("margin:\n  mode: cross\n  tiers: [10000:0.95, 5e4:0.80]\n").settings.margin
    assert found.tiers == (Tier(Decimal(10_000), Decimal("0.95")), Tier(Decimal(50_000), Decimal("0.80")))


@pytest.mark.parametrize("text", ["10000", "10000:1.5", "0:0.5", "x:0.5", "10:-0.1", "20:0.5, 10:0.4", "10:0.5,10:0.4"])
def test_refuses_tiers_that_say_nothing(text: str) -> None:
    assert refused(sets=[f"margin.tiers={text}"])[0].startswith("--set: margin.tiers: ")


def test_the_classes_take_values_that_are_typed_already_but_no_floats() -> None:
    assert SimpleParams(entry=Decimal("0.0002")).entry == Decimal("0.0002")
    assert RiskParams(max_positions=0).max_positions is None
    with pytest.raises(ValidationError, match="a float is not exact"):
        SimpleParams.model_validate({"entry": 0.0002})


def test_a_refused_value_stays_out_of_the_text_of_the_exception() -> None:
    with pytest.raises(ValidationError) as caught:
        SimpleParams.model_validate({"entry": "canary-4711"})
    assert "canary" not in str(caught.value)


def test_override_reads_and_checks_like_a_file() -> None:
    base = resolved(sets=["capital=500", "notify.apprise=json://a,json://b", "costs.pairs.BTC.fee_spot=0"]).settings
    changed = override(base, {"strategy.mode": "band", "strategy.simple.exit": "0.00002"}, "grid.yaml")
    assert changed.strategy.simple.exit == Decimal("0.00002")
    assert changed.model_copy(update={"strategy": base.strategy}) == base
    with pytest.raises(ConfigError) as caught:
        override(base, {"strategy.simple.exit": "0.5", "strategy.simple.exot": "1"}, "grid.yaml")
    assert [problem.where for problem in caught.value.problems] == ["grid.yaml", "grid.yaml"]
