"""The opportunity table: each pair's last settlement, its signals, what the mode would do with it, and why."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from fundarb.accounting.fees import round_trip, round_trip_bp
from fundarb.accounting.funding import WIDEST_CAP, apr, break_even_periods, rate_8h
from fundarb.domain.instants import DAY, HOUR, iso
from fundarb.domain.instrument import Pair
from fundarb.domain.money import canonical, quotient12
from fundarb.reporting.outlook import Outlook
from fundarb.reporting.reasons import Facts, reason
from fundarb.risk.gate import DEFAULT_INTERVAL
from fundarb.signals.composite import COMPONENTS
from fundarb.signals.known import last_closes
from fundarb.signals.panel import NO_TIME, CandleRows
from fundarb.signals.rounding import ABSENT, twelve_decimal
from fundarb.signals.volume import volume
from fundarb.strategy.plan import Plan

HORIZON_SETTLEMENTS = 45  # of 8 h: the 15 days over which a rotation must earn its costs


@dataclass(frozen=True, slots=True)
class Opportunity:
    """A row; None where there is nothing to compute it from. Forecast and net are in basis points, the former per 8 h."""

    pair: str
    settled_ms: int | None
    interval_ms: int | None
    rate: Decimal | None
    forecast_bp: Decimal | None
    components: dict[str, float | None]
    score: Decimal | None
    enter: bool
    exit: bool
    held: bool
    reason: str
    break_even_settlements: int | None
    expected_net_bp: Decimal | None
    flags: tuple[str, ...]
    rank: tuple[int, int]


def opportunities(outlook: Outlook) -> list[Opportunity]:
    """Every pair of the outlook: those to enter first, then by the mode's rank, the score and the symbol."""
    rows = [_opportunity(outlook, index, pair) for index, pair in enumerate(outlook.panel.pairs)]
    return sorted(rows, key=lambda row: (not row.enter, -row.rank[0], -row.rank[1], row.pair))


def opportunity_document(row: Opportunity) -> dict[str, Any]:
    """A row of the contract: rates as text, scores and counts as numbers."""
    level = yearly = None
    if row.rate is not None and row.interval_ms:
        level, yearly = plain(rate_8h(row.rate, row.interval_ms)), plain(apr(row.rate, row.interval_ms))
    return {
        "pair": row.pair,
        "settled_at": None if row.settled_ms is None else iso(row.settled_ms),
        "interval_h": None if not row.interval_ms else hours(row.interval_ms),
        "rate": None if row.rate is None else canonical(row.rate),
        "rate_8h": level,
        "apr": yearly,
        "forecast": None if row.forecast_bp is None else float(row.forecast_bp),
        "components": dict(row.components),
        "score": None if row.score is None else float(row.score),
        "enter": row.enter,
        "exit": row.exit,
        "held": row.held,
        "reason": row.reason,
        "break_even_settlements": row.break_even_settlements,
        "expected_net_bp": None if row.expected_net_bp is None else float(row.expected_net_bp),
        "flags": list(row.flags),
    }


def hours(interval_ms: int) -> int | float:
    """An interval in hours, whole where it is."""
    return interval_ms // HOUR if interval_ms % HOUR == 0 else interval_ms / HOUR


def plain(value: Fraction) -> str:
    """A ratio of decimals as text: all its digits where they end, else twelve decimals."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return canonical(quotient12(Decimal(value.numerator), Decimal(value.denominator)))
    return canonical(Decimal(value.numerator) / Decimal(value.denominator))


def _opportunity(outlook: Outlook, index: int, pair: Pair) -> Opportunity:
    settled, rows = outlook.panel.settlements, outlook.panel.settlements.rows(index)
    row = rows.stop - 1 if rows.stop > rows.start else None
    settled_ms = None if row is None else int(settled.settled_at[row])
    interval_ms = None if row is None else int(settled.interval_ms[row]) or None
    rate = None if row is None else settled.rate_exact(row)
    found = outlook.composite
    score, forecast = _units(found.score, row), _units(found.forecast, row)
    costs = outlook.costs(pair.symbol)
    flags = _flags(outlook, index, pair, settled_ms, interval_ms, rate)
    old = settled_ms is not None and outlook.at_ms - settled_ms > DAY and not outlook.plan.sticky
    wants_in = _asks(outlook, index, row)
    barred = {"stale", "no_settlement", "no_perp", "no_spot", "not_listed"} & set(flags)
    wants_out = row is not None and bool(outlook.regime.exit[row])
    facts = Facts(outlook, row, settled_ms, interval_ms, rate, score, forecast, flags)
    net = None
    if forecast is not None:
        gain = forecast - Decimal(repr(outlook.charge_bp))
        net = gain * HORIZON_SETTLEMENTS - round_trip_bp(costs)
    trip = round_trip(costs.fee_spot, costs.fee_perp, costs.slippage)
    return Opportunity(
        pair=pair.symbol,
        settled_ms=settled_ms,
        interval_ms=interval_ms,
        rate=rate,
        forecast_bp=forecast,
        components=_components(outlook, index, row),
        score=score,
        enter=wants_in and not barred,
        exit=wants_out or old,
        held=pair.symbol in outlook.held,
        reason=reason(facts),
        break_even_settlements=None if rate is None else break_even_periods(trip, rate),
        expected_net_bp=net,
        flags=flags,
        rank=(_rank(outlook.plan, row), 0 if score is None else int(score.scaleb(12))),
    )


def _units(values: np.ndarray[Any, np.dtype[np.int64]], row: int | None) -> Decimal | None:
    return None if row is None or values[row] == ABSENT else twelve_decimal(int(values[row]))


def _rank(plan: Plan, row: int | None) -> int:
    return 0 if row is None else int(plan.rank[row])


def _asks(outlook: Outlook, index: int, row: int | None) -> bool:
    """Whether the mode wants in, whatever stands in the way."""
    always = outlook.plan.always is not None and bool(outlook.plan.always[index])
    return always or (row is not None and bool(outlook.regime.enter[row]))


def _components(outlook: Outlook, index: int, row: int | None) -> dict[str, float | None]:
    """As the score has them; volume also where its weight leaves it out of the score."""
    if row is None:
        return dict.fromkeys(COMPONENTS)
    values = {name: float(outlook.composite.components[name][row]) for name in COMPONENTS}
    at = outlook.panel.settlements.settled_at[row : row + 1]
    values["volume"] = float(volume(outlook.panel.perp, index, at)[0])
    return {name: value if np.isfinite(value) else None for name, value in values.items()}


def _flags(
    outlook: Outlook, index: int, pair: Pair, settled_ms: int | None, interval_ms: int | None, rate: Decimal | None
) -> tuple[str, ...]:
    """What must be known before a row is believed."""
    at_ms, stand_in = outlook.at_ms, pair.symbol in outlook.stand_ins
    perp = _closed_ms(outlook.panel.perp, index, at_ms)
    spot = perp if stand_in else _closed_ms(outlook.panel.spot, index, at_ms)
    late = settled_ms is not None and at_ms - settled_ms > (interval_ms or DEFAULT_INTERVAL)
    raised = {
        "stale": late or any(closed is not None and at_ms - closed > DAY for closed in (perp, spot)),
        "no_settlement": settled_ms is None,
        "no_perp": perp is None,
        "no_spot": spot is None,
        "not_listed": not pair.listed(at_ms),
        "beyond_cap": rate is not None and abs(rate) > WIDEST_CAP,
        "spot_source_perp": stand_in,
    }
    return tuple(flag for flag, there in raised.items() if there)


def _closed_ms(rows: CandleRows, index: int, at_ms: int) -> int | None:
    """When the last close known was made."""
    closed = int(last_closes(rows, index, np.array([at_ms], dtype=np.int64))[1][0])
    return None if closed == NO_TIME else closed
