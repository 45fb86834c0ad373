"""The settings of one set: what the whole configuration would have said, made from what is varied alone."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundarb.config import Settings, override, resolve
from fundarb.config.grid import Constraint
from fundarb.config.variants import Variants
from fundarb.errors import ConfigError
from fundarb.research.search.space import Axis, Space

AXES = (
    Axis("strategy.simple.entry", ("0.0003", "0.00005", "0.0008")),
    Axis("strategy.simple.exit", ("0.0001", "0.0004")),
    Axis("strategy.composite.weights.carry", ("0.7", "0.2")),
    Axis("strategy.composite.enter", ("0.6", "0.3")),
    Axis("strategy.band.enter", (None, "0.0003")),
    Axis("strategy.mode", ("simple", "band")),
    Axis("sizing.c_min", ("0.6", "0.9")),
    Axis("risk.max_positions", ("0", "3")),
    Axis("margin.mode", ("isolated", "cross")),
    Axis("margin.tiers", (None, "[10000:0.9]")),
    Axis("costs.pairs.BTC.slippage_bps", ("0", "2.5")),
    Axis("costs.pairs.ETH.fee_spot", ("0", "0.001")),
    Axis("capital", ("10000", "1")),
)
BASE = ("costs.pairs.BTC.fee_spot=0.0002", "risk.max_portfolio=0", "strategy.min_hold_h=5")


def base() -> Settings:
    return resolve((), {}, BASE, {}, Path("none.db")).settings


places = st.tuples(*(st.integers(0, len(axis.values) - 1) for axis in AXES))


@given(place=places)
@settings(max_examples=150, deadline=None)
def test_a_set_is_what_the_whole_configuration_would_have_said(place: tuple[int, ...]) -> None:
    params = Space(AXES).params(place)
    try:
        whole: Settings | None = override(base(), params, "grid")
    except ConfigError:
        whole = None
    found = Variants(base(), AXES).settings(place)
    assert found == whole
    if found is not None and whole is not None:
        assert found.flat() == whole.flat()
        assert found.costs.of("BTC") == whole.costs.of("BTC")


def test_the_same_maker_refuses_and_makes_whatever_it_made_before() -> None:
    variants, axes = Variants(base(), AXES[:2]), AXES[:2]
    made = [variants.settings(place) for _ in range(2) for place in ((0, 0), (1, 0), (0, 1), (2, 1))]
    assert [one is not None for one in made] == [True, False, False, True] * 2
    again = made[0]
    assert again is not None
    assert again.strategy.simple == override(base(), Space(axes).params((0, 0)), "grid").strategy.simple


@pytest.mark.parametrize(
    ("constraint", "holding"),
    [
        (Constraint("strategy.simple.entry", ">", Decimal("0.0005")), [False, True]),
        (Constraint("strategy.simple.entry", ">", "strategy.band.enter"), [True, True]),  # a null breaks nothing
        (Constraint("strategy.simple.exit", ">=", "capital"), [False, False]),  # what is not varied counts, too
    ],
)
def test_constraints_leave_combinations_out(constraint: Constraint, holding: list[bool]) -> None:
    variants = Variants(base(), AXES[:2], [constraint])
    assert [variants.settings(place) is not None for place in ((0, 0), (2, 1))] == holding
