"""Parameters as the kernel takes them: one record of plain numbers a set, and costs by pair.

Sets of a sweep share most of their sections, so each section is read once; what is left to do for a set is looking it up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fundarb.accounting.costs import CostParams
from fundarb.accounting.margin_params import MarginParams
from fundarb.domain.instants import HOUR
from fundarb.research.rules import Setup, costs_by_pair
from fundarb.risk.limits import RiskParams
from fundarb.risk.sizing import SizingParams
from fundarb.signals.panel import Floats, Panel, Stamps
from fundarb.strategy.params import StrategyParams

FEE_SPOT, FEE_PERP, SLIPPAGE = range(3)
OFF = float("nan")  # a cap that is off; one of 0 allows nothing
ROTATING = ("composite", "band")


class Section(NamedTuple):
    """One section of a setup: its columns of the record, and how they are read off it."""

    of: Callable[[Setup], Any]
    columns: tuple[tuple[str, str], ...]
    read: Callable[[Any, str], tuple[float, ...]]


def _sizing(sizing: SizingParams, _: str) -> tuple[float, ...]:
    return (
        float(sizing.size_usd),
        sizing.mode == "conviction",
        float(sizing.size_min),
        float(sizing.size_max),
        float(sizing.c_min),
        float(sizing.c_max),
        float(sizing.drawdown_start),
        float(sizing.drawdown_stop),
        float(sizing.rho),
    )


def _risk(risk: RiskParams, _: str) -> tuple[float, ...]:
    return (
        risk.max_positions or 0,
        OFF if risk.max_portfolio is None else float(risk.max_portfolio),
        OFF if risk.venue_cap is None else float(risk.venue_cap),
        _or_0(risk.pair_cap),
        _or_0(risk.min_free_cash),
        _or_0(risk.max_break_even_h),
        _or_0(risk.min_volume),
    )


def _strategy(strategy: StrategyParams, mode: str) -> tuple[float, ...]:
    return (
        int((strategy.min_hold_h or 0) * HOUR),
        int((strategy.exit_after_h or 0) * HOUR),
        strategy.composite.rotate and mode in ROTATING,
    )


def _margin(margin: MarginParams, _: str) -> tuple[float, ...]:
    isolated = margin.mode == "isolated"
    return (
        isolated,
        float(margin.leverage),
        float(margin.mmr),
        _or_0(margin.guard) if isolated else 0.0,
        margin.liq_loss == "all" and isolated,
    )


def _costs(costs: CostParams, _: str) -> tuple[float, ...]:
    return (float(costs.delist_haircut), float(costs.idle_apr), costs.spot_fee_in == "base")


def _or_0(limit: Decimal | None) -> float:
    return float(limit or 0)


SECTIONS = (
    Section(lambda setup: setup.capital, (("capital", "f8"),), lambda capital, _: (float(capital),)),
    Section(
        lambda setup: setup.sizing,
        (
            ("size_usd", "f8"),
            ("conviction", "?"),
            ("size_min", "f8"),
            ("size_max", "f8"),
            ("c_min", "f8"),
            ("c_max", "f8"),
            ("drawdown_start", "f8"),
            ("drawdown_stop", "f8"),
            ("rho", "f8"),
        ),
        _sizing,
    ),
    Section(
        lambda setup: setup.risk,
        (
            ("slots", "i8"),  # 0: any number
            ("max_portfolio", "f8"),
            ("venue_cap", "f8"),
            ("pair_cap", "f8"),
            ("min_free_cash", "f8"),
            ("max_break_even_h", "f8"),
            ("min_volume", "f8"),
        ),
        _risk,
    ),
    Section(
        lambda setup: setup.strategy,
        (("min_hold_ms", "i8"), ("exit_after_ms", "i8"), ("rotates", "?")),
        _strategy,
    ),
    Section(
        lambda setup: setup.margin,
        (("isolated", "?"), ("leverage", "f8"), ("mmr", "f8"), ("guard", "f8"), ("loses_all", "?")),
        _margin,
    ),
    Section(lambda setup: setup.costs, (("haircut", "f8"), ("idle_apr", "f8"), ("fee_in_base", "?")), _costs),
    Section(lambda setup: setup.backtest, (("close_at_end", "?"),), lambda backtest, _: (backtest.close_at_end,)),
)
RECORD = np.dtype([*(column for section in SECTIONS for column in section.columns), ("costs", "i8")], align=True)


def terms_of(setups: Sequence[Setup], panel: Panel, mode: str) -> tuple[NDArray[np.void], Floats]:
    """One record a parameter set, and the tables of costs that their field `costs` points into: (tables, pairs, 3) of
    spot fee, perp fee and slippage as fractions."""
    records = np.zeros(len(setups), dtype=RECORD)
    for section in SECTIONS:
        distinct, which = _distinct(map(section.of, setups))
        table = np.array([section.read(one, mode) for one in distinct], dtype=np.float64)
        for column, (name, _) in enumerate(section.columns):
            records[name] = table[which, column]
    distinct, records["costs"] = _distinct(setup.costs for setup in setups)
    return records, np.array([_by_pair(costs, panel) for costs in distinct])


def _distinct(sections: Iterable[Any]) -> tuple[list[Any], Stamps]:
    """The objects there are, and which of them each is."""
    found: dict[int, int] = {}
    kept: list[Any] = []
    which: list[int] = []
    for section in sections:
        place = found.setdefault(id(section), len(kept))
        if place == len(kept):
            kept.append(section)  # as long as it is kept nothing else has its id
        which.append(place)
    return kept, np.array(which, dtype=np.int64)


def _by_pair(costs: CostParams, panel: Panel) -> Floats:
    found = np.empty((len(panel.pairs), 3))
    found[:] = (float(costs.fee_spot), float(costs.fee_perp), float(costs.slippage_bps) / 1e4)
    if costs.pairs:
        of = costs_by_pair(costs)
        found[:] = [[float(x) for x in of(pair.symbol)[:3]] for pair in panel.pairs]
    return found
