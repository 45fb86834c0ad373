"""The opportunity table: each pair's last settlement, its signals, what the mode would do with it, and why."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from fundarb.accounting.fees import round_trip, round_trip_bp
from fundarb.accounting.funding import apr, break_even_periods, rate_8h
from fundarb.domain.instants import DAY, HOUR, iso
from fundarb.domain.money import canonical, quotient12
from fundarb.reporting.facts import Facts, facts_of
from fundarb.reporting.outlook import Outlook
from fundarb.reporting.reasons import reason
from fundarb.signals.composite import COMPONENTS
from fundarb.signals.volume import volume

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
    rows = [_opportunity(facts_of(outlook, index)) for index in range(len(outlook.panel.pairs))]
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


def _opportunity(facts: Facts) -> Opportunity:
    symbol = facts.pair.symbol
    return Opportunity(
        pair=symbol,
        settled_ms=None if facts.last is None else facts.last.settled_ms,
        interval_ms=facts.interval_ms,
        rate=facts.rate,
        forecast_bp=facts.forecast,
        components=_components(facts),
        score=facts.score,
        enter=_wants_in(facts) and not facts.barred,
        exit=_wants_out(facts),
        held=symbol in facts.outlook.held,
        reason=reason(facts),
        break_even_settlements=_break_even(facts),
        expected_net_bp=_expected_net_bp(facts),
        flags=facts.flags,
        rank=_rank(facts),
    )


def _wants_in(facts: Facts) -> bool:
    """Whether the mode asks to enter, whatever stands in the way."""
    always, last = facts.outlook.plan.always, facts.last
    if always is not None and bool(always[facts.index]):
        return True
    return last is not None and bool(facts.outlook.regime.enter[last.row])


def _wants_out(facts: Facts) -> bool:
    """Whether the mode would leave: by its own rule, or because the last settlement is too old to go by."""
    outlook, last = facts.outlook, facts.last
    if last is None:
        return False
    too_old = outlook.at_ms - last.settled_ms > DAY and not outlook.plan.sticky
    return too_old or bool(outlook.regime.exit[last.row])


def _rank(facts: Facts) -> tuple[int, int]:
    """The mode's own rank, then the score."""
    own = 0 if facts.last is None else int(facts.outlook.plan.rank[facts.last.row])
    return own, 0 if facts.score is None else int(facts.score.scaleb(12))


def _break_even(facts: Facts) -> int | None:
    """How many settlements at the last rate pay the round trip."""
    costs = facts.outlook.costs(facts.pair.symbol)
    trip = round_trip(costs.fee_spot, costs.fee_perp, costs.slippage)
    return None if facts.rate is None else break_even_periods(trip, facts.rate)


def _expected_net_bp(facts: Facts) -> Decimal | None:
    """What the forecast earns over the horizon beyond the price of idle capital and the round trip."""
    if facts.forecast is None:
        return None
    gain = facts.forecast - Decimal(repr(facts.outlook.charge_bp))
    return gain * HORIZON_SETTLEMENTS - round_trip_bp(facts.outlook.costs(facts.pair.symbol))


def _components(facts: Facts) -> dict[str, float | None]:
    """As the score has them; volume also where its weight leaves it out of the score."""
    outlook, last = facts.outlook, facts.last
    if last is None:
        return dict.fromkeys(COMPONENTS)
    values = {name: float(outlook.composite.components[name][last.row]) for name in COMPONENTS}
    at = np.array([last.settled_ms], dtype=np.int64)
    values["volume"] = float(volume(outlook.panel.perp, facts.index, at)[0])
    return {name: value if np.isfinite(value) else None for name, value in values.items()}
