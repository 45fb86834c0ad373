"""Every number behind what a mode would do with one pair, with its unit, in the order in which it matters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from fundarb.accounting.fees import round_trip_bp
from fundarb.domain.instants import DAY, iso
from fundarb.domain.money import canonical
from fundarb.reporting.interest import EARLIER_MS
from fundarb.reporting.opportunities import HORIZON_SETTLEMENTS, Opportunity, opportunity_document
from fundarb.reporting.outlook import Outlook
from fundarb.signals.explain import Terms, explain
from fundarb.signals.known import last_close_rows
from fundarb.signals.panel import CandleRows

EXPLANATION_COLUMNS = ("group", "name", "value", "unit")
FRACTION, BP, BP_8H, OF_ONE = "fraction", "bp", "bp per 8 h", "0 to 1"
UNITS = {
    "settled_at": "UTC",
    "apr": "fraction per year",
    "rate_8h_bp": BP_8H,
    "forecast_bp": BP_8H,
    "cross": "word",
    "regime_30d": "word",
    "robust_z_30d": "deviations",
    "basis_z": "deviations",
    "open_interest": "0 to 1",
}
ENDINGS = {"_bp_per_day": "bp per 8 h per day", "_bp": BP, "_h": "h"}
Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Number:
    """One figure: what it belongs to, its name, its value and its unit."""

    group: str
    name: str
    value: Value
    unit: str

    def document(self) -> dict[str, Value]:
        """As JSON and as a row."""
        return {"group": self.group, "name": self.name, "value": self.value, "unit": self.unit}


def explanation(outlook: Outlook, row: Opportunity) -> list[Number]:
    """The decision first, then what it was made of."""
    index = outlook.panel.index(row.pair)
    page = opportunity_document(row)
    return [
        *_decision(outlook, page),
        *_rate(page),
        *_score(outlook, page),
        *_signals(outlook, index),
        *_interest(outlook, row.pair),
        *_prices(outlook, index),
        *_costs(outlook, row, page),
    ]


def _decision(outlook: Outlook, page: dict[str, Any]) -> Iterator[Number]:
    yield Number("decision", "mode", outlook.mode, "")
    for name in ("enter", "exit", "held", "reason"):
        yield Number("decision", name, page[name], "")
    yield Number("decision", "flags", " ".join(page["flags"]), "")
    for name, value, unit in _thresholds(outlook):
        yield Number("threshold", name, value, unit)


def _thresholds(outlook: Outlook) -> Iterator[tuple[str, Value, str]]:
    """What the mode compares with."""
    own = outlook.strategy
    match outlook.mode:
        case "simple":
            yield "entry", canonical(own.simple.entry * 10_000), BP_8H
            yield "exit", canonical(own.simple.exit * 10_000), BP_8H
            yield "min_consecutive", own.simple.min_consecutive, "settlements"
        case "composite":
            yield "enter", canonical(own.composite.enter), OF_ONE
            yield "exit", canonical(own.composite.exit), OF_ONE
        case "band" if outlook.edges is not None:
            yield "enter", canonical(outlook.edges.enter), BP_8H
            yield "exit", canonical(outlook.edges.exit), BP_8H


def _rate(page: dict[str, Any]) -> Iterator[Number]:
    yield Number("rate", "settled_at", page["settled_at"], "UTC")
    yield Number("rate", "interval", page["interval_h"], "h")
    yield Number("rate", "rate", page["rate"], FRACTION)
    yield Number("rate", "rate_8h", page["rate_8h"], f"{FRACTION} per 8 h")
    yield Number("rate", "apr", page["apr"], f"{FRACTION} per year")
    yield Number("rate", "forecast", page["forecast"], BP_8H)


def _score(outlook: Outlook, page: dict[str, Any]) -> Iterator[Number]:
    """The score, and what each component that is present brings to it: its share of the weights times its value."""
    weights = outlook.strategy.composite.weights.named()
    found: dict[str, float | None] = page["components"]
    whole = sum(weights[name] for name, value in found.items() if value is not None)
    yield Number("score", "score", page["score"], OF_ONE)
    yield Number("score", "capital_charge", outlook.charge_bp, BP_8H)
    for name, value in found.items():
        yield Number("component", name, value, OF_ONE)
        yield Number("weight", name, weights[name], "parts")
        share = None if value is None or not whole or page["score"] is None else weights[name] * value / whole
        yield Number("contribution", name, share, "of the score")


def _signals(outlook: Outlook, index: int) -> Iterator[Number]:
    """What the signals know beside the score; most of it weighs in nothing and is there to be read."""
    terms = Terms(outlook.charge_bp, float(round_trip_bp(outlook.costs(""))) / 2, outlook.stand_ins)
    seen = outlook.interest.get(outlook.panel.pairs[index].symbol)
    for name, value in explain(outlook.panel, index, outlook.at_ms, terms, seen).items():
        yield Number("signal", name, value, unit_of(name))


def unit_of(name: str) -> str:
    """The unit of a signal, by its name."""
    if name in UNITS:
        return UNITS[name]
    if name.startswith(("ema_", "har_")):
        return BP_8H
    return next((unit for ending, unit in ENDINGS.items() if name.endswith(ending)), OF_ONE)


def _interest(outlook: Outlook, pair: str) -> Iterator[Number]:
    """How often open interest was seen of late, and what it was at last."""
    seen = outlook.interest.get(pair)
    count = 0 if seen is None else len(seen.observed_at)
    yield Number("open_interest", "observations", count, f"of the last {EARLIER_MS // DAY} days")
    yield Number("open_interest", "last", float(seen.quantity[-1]) if seen and count else None, "perp units")
    yield Number("open_interest", "observed_at", iso(int(seen.observed_at[-1])) if seen and count else None, "UTC")


def _prices(outlook: Outlook, index: int) -> Iterator[Number]:
    panel = outlook.panel
    yield Number("price", "multiplier", canonical(panel.pairs[index].multiplier), "base units per perp unit")
    for market, rows, unit in (
        ("perp", panel.perp, "quote per perp unit"),
        ("spot", panel.spot, "quote per base unit"),
    ):
        price, closed_at = _last_close(rows, index, outlook.at_ms)
        yield Number("price", f"{market}_close", price, unit)
        yield Number("price", f"{market}_closed_at", closed_at, "UTC")


def _last_close(rows: CandleRows, index: int, at_ms: int) -> tuple[str | None, str | None]:
    """The last close known, and when it was made."""
    found = int(last_close_rows(rows, index, np.array([at_ms], dtype=np.int64))[0])
    if found < 0:
        return None, None
    return canonical(rows.price_exact("close", found)), iso(int(rows.open_at[found] + rows.span_ms[found]))


def _costs(outlook: Outlook, row: Opportunity, page: dict[str, Any]) -> Iterator[Number]:
    costs = outlook.costs(row.pair)
    for name in ("fee_spot", "fee_perp", "slippage"):
        value: Decimal = getattr(costs, name)
        yield Number("cost", name, canonical(value * 10_000), f"{BP} a leg")
    yield Number("cost", "round_trip", canonical(round_trip_bp(costs)), BP)
    yield Number("outcome", "break_even", page["break_even_settlements"], "settlements at the last rate")
    yield Number("outcome", "expected_net", page["expected_net_bp"], f"{BP} over {HORIZON_SETTLEMENTS} × 8 h")
