"""Why a mode would enter a pair, leave it or do nothing, in words with the figures that decided."""

from __future__ import annotations

from decimal import Decimal

from fundarb.accounting.funding import WIDEST_CAP, rate_8h
from fundarb.domain.instants import DAY, HOUR, LONGEST_INTERVAL, MINUTE
from fundarb.domain.money import TWELVE, canonical, quotient12
from fundarb.reporting.facts import Facts, earlier_beyond_cap
from fundarb.signals.forecast import MIN_HISTORY


def reason(facts: Facts) -> str:
    """What stands in the way of any entry first, then the mode's own words."""
    return "; ".join([*_obstacles(facts), _own(facts)])


def _obstacles(facts: Facts) -> list[str]:
    words = {
        "no_settlement": "no settlement is known",
        "no_perp": "no close of the perp is known",
        "no_spot": "no close of the spot is known",
        "not_listed": "not listed now",
    }
    found = [words[flag] for flag in facts.flags if flag in words]
    found += _absurd(facts)
    if "stale" in facts.flags:
        found.insert(0, _stale(facts))
    return found


def _absurd(facts: Facts) -> list[str]:
    """Rates that no venue would have let pass: the last one, and those a forecast is made of."""
    found, cap = [], f"{WIDEST_CAP:.0%}"
    if facts.rate is not None and "beyond_cap" in facts.flags:
        rate = canonical(facts.rate.scaleb(2))
        found.append(f"its rate of {rate}% is beyond the {cap} of any venue's cap, so nothing is entered")
    if "beyond_cap_before" in facts.flags:
        count = earlier_beyond_cap(facts.outlook, facts.index)
        found.append(f"{count} earlier rate{'s are' if count > 1 else ' is'} beyond the {cap} of any venue's cap")
    return found


def _stale(facts: Facts) -> str:
    """Which of settlement and closes is too old."""
    age_ms = facts.age_ms
    if age_ms is not None and age_ms > (facts.interval_ms or LONGEST_INTERVAL):
        return f"stale: the last settlement is {_lasting(age_ms)} old"
    return "stale: the last close of a leg is more than 24 h old"


def _own(facts: Facts) -> str:
    mode = facts.outlook.mode
    if mode == "cash":
        return "cash holds nothing"
    if mode == "hold":
        return "hold enters every pair listed at its start and never leaves by choice"
    if facts.last is None:
        return "nothing to decide on"
    return {"simple": _simple, "composite": _composite, "band": _band}.get(mode, _bare)(facts)


def _bare(facts: Facts) -> str:
    """What a strategy without words of its own here asks for."""
    assert facts.last is not None
    regime, row = facts.outlook.regime, facts.last.row
    return "asks to enter" if regime.enter[row] else "asks to leave" if regime.exit[row] else "asks for nothing"


def _simple(facts: Facts) -> str:
    params = facts.outlook.strategy.simple
    if facts.interval_ms is None or facts.rate is None:
        return "its first settlement has no interval, so no rate per 8 h"
    found = rate_8h(facts.rate, facts.interval_ms)
    level = quotient12(Decimal(found.numerator) * 10_000, Decimal(found.denominator))
    regime, entry, leave = facts.outlook.regime, params.entry * 10_000, params.exit * 10_000
    assert facts.last is not None
    above, leaving = at_least(level, entry), bool(regime.exit[facts.last.row])
    words = _against("rate", level, (entry, leave), ("entry", "exit"), " bp", in_=above, out=leaving)
    if params.min_consecutive > 1 and above:
        enough = bool(regime.enter[facts.last.row])
        words += f", {'' if enough else 'but not yet '}{params.min_consecutive} times in a row"
    return words


def _composite(facts: Facts) -> str:
    params = facts.outlook.strategy.composite
    if facts.score is None:
        return _no_forecast()
    assert facts.last is not None
    regime = facts.outlook.regime
    entering, leaving = bool(regime.enter[facts.last.row]), bool(regime.exit[facts.last.row])
    return _against("score", facts.score, (params.enter, params.exit), ("enter", "exit"), "", in_=entering, out=leaving)


def _band(facts: Facts) -> str:
    edges, plan = facts.outlook.edges, facts.outlook.plan
    if facts.forecast is None or edges is None:
        return _no_forecast()
    assert facts.last is not None
    leaving = bool(facts.outlook.regime.exit[facts.last.row])
    above, bounds = at_least(facts.forecast, edges.enter), (edges.enter, edges.exit)
    words = _against("forecast", facts.forecast, bounds, ("enter", "exit"), " bp", in_=above, out=leaving)
    if plan.ready_ms is not None and facts.outlook.at_ms < plan.ready_ms:
        left = _lasting(plan.ready_ms - facts.outlook.at_ms)
        words += f", but band enters nothing before {left} more of history"
    return words


def _no_forecast() -> str:
    return f"no forecast: less than {MIN_HISTORY // DAY} days of settlements without a gap"


def at_least(value: Decimal, bound: Decimal) -> bool:
    """value >= bound within the tolerance of thresholds."""
    return value >= bound - TWELVE


def _against(
    noun: str,
    value: Decimal,
    bounds: tuple[Decimal, Decimal],
    names: tuple[str, str],
    unit: str,
    *,
    in_: bool,
    out: bool,
) -> str:
    """`rate 4.2 bp >= entry 3 bp`, or below the exit, or in between; `bounds` and `names` are those of entry and exit."""
    (enter, leave), (upper, lower) = bounds, names
    told = len({_short(number) for number in (value, *bounds)}) == len({value, *bounds})
    own, above, below = (f"{_short(x) if told else canonical(x)}{unit}" for x in (value, enter, leave))
    if in_:
        return f"{noun} {own} >= {upper} {above}"
    if out:
        return f"{noun} {own} < {lower} {below}"
    return f"{noun} {own} between {lower} {below} and {upper} {above}"


def _short(value: Decimal) -> str:
    """At four decimals; all of them are shown where four would hide which of two numbers is the larger."""
    return canonical(Decimal(f"{value:.4f}"))


def _lasting(span_ms: int) -> str:
    """A length of time in the two largest units."""
    days, rest = divmod(span_ms, DAY)
    whole_hours, minutes = rest // HOUR, rest % HOUR // MINUTE
    if days:
        return f"{days} d {whole_hours} h" if whole_hours else f"{days} d"
    return f"{whole_hours} h {minutes} min" if minutes else f"{whole_hours} h"
