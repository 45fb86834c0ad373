"""Part of the second implementation of semantics.md: what a mode thinks of each pair at a time. `hold` and `simple` from the
page; scores, forecasts and a fitted band's edges (composite, band) are taken from the plan under test, as given."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from tests.engine.plain_market import PairHistory
from tests.engine.plain_terms import Terms

TINY = Fraction(1, 10**12)


class Opinion(NamedTuple):
    """Of one pair at its last settlement: whether to enter or leave, how it ranks, score and forecast if there are any."""

    enter: bool = False
    leave: bool = False
    rank: Fraction = Fraction(0)
    score: Fraction | None = None
    forecast: Fraction | None = None


Opinions = Callable[[PairHistory, int], Opinion]


class Mode(NamedTuple):
    """A strategy as the run needs it."""

    name: str
    opinion: Opinions
    entry_reason: str
    exit_reason: str
    rotates: bool = False
    holds: bool = False


def simple(terms: Terms) -> Mode:
    """Enter while the last rates reach `entry`, leave when the last is below `exit`; apr ranks."""
    entry, leave = terms.number("strategy.simple.entry"), terms.number("strategy.simple.exit")
    count = int(terms.word("strategy.simple.min_consecutive"))

    def opinion(history: PairHistory, at: int) -> Opinion:
        last = [settled for settled in history.times if settled <= at][-count:]
        levels = [history.rate_8h(settled) for settled in last]
        if not levels or levels[-1] is None:
            return Opinion()
        high = len(levels) == count and all(level is not None and level >= entry - TINY for level in levels)
        return Opinion(high, levels[-1] < leave - TINY, levels[-1])

    return Mode("simple", opinion, "rate", "rate")


def hold(histories: dict[str, PairHistory], from_ms: int) -> Mode:
    """Pairs listed at the start, always."""
    wanted = {symbol for symbol, history in histories.items() if history.listed(from_ms)}

    def opinion(history: PairHistory, at: int) -> Opinion:
        return Opinion(enter=history.symbol in wanted)

    return Mode("hold", opinion, "hold", "", holds=True)


def scored(terms: Terms, scores: Opinions) -> Mode:
    """Composite on given scores and forecasts."""
    enter, leave = terms.number("strategy.composite.enter"), terms.number("strategy.composite.exit")

    def opinion(history: PairHistory, at: int) -> Opinion:
        given = scores(history, at)
        if given.score is None or given.forecast is None:
            return given
        return given._replace(enter=given.score >= enter - TINY, leave=given.score < leave - TINY, rank=given.score)

    return Mode("composite", opinion, "score", "score", rotates=terms.flag("strategy.composite.rotate"))


def banded(terms: Terms, scores: Opinions) -> Mode:
    """Band on given forecasts and given edges."""
    return Mode("band", scores, "band", "band", rotates=terms.flag("strategy.composite.rotate"))


def cash() -> Mode:
    """Nothing."""
    return Mode("cash", lambda history, at: Opinion(), "", "", holds=True)
