"""Funding in the terminal: the settled rates of a pair, and what pairs of a run were paid, added up as it came."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from fundarb.accounting.funding import rate_8h
from fundarb.domain.instants import DAY
from fundarb.domain.ledger import LineKind
from fundarb.domain.result import RunResult
from fundarb.reporting.charts.terminal import Curve, plotted
from fundarb.reporting.short_names import short_pairs
from fundarb.signals.panel import Panel

SHOWN = 30 * DAY
BP = 1e4
MOST_PAIRS = 4
TREND_RATES = 24


def rates_plot(panel: Panel, symbol: str, width: int) -> str:
    """The settled rates of a pair over the last 30 days, on an 8 h footing in basis points."""
    times, rates = _settled(panel, symbol)
    recent = [place for place, at_ms in enumerate(times) if at_ms > panel.until_ms - SHOWN]
    label = f"rate of {symbol}, bp per 8 h, 30 days"
    curve = Curve(label, [times[place] for place in recent], [rates[place] * BP for place in recent])
    return plotted([curve], width, "+.2f", floor=0.0)


def recent_rates(panel: Panel, symbol: str) -> list[float]:
    """The last settled rates of a pair, on an 8 h footing."""
    return _settled(panel, symbol, TREND_RATES)[1]


def payments_plot(runs: Sequence[RunResult], width: int) -> str:
    """What the pairs with the largest payments of the first run came to; one that lost lies below zero."""
    paid: dict[str, list[tuple[int, float]]] = {}
    for line in runs[0].ledger if runs else ():
        if line.kind is LineKind.FUNDING and line.pair is not None:
            paid.setdefault(line.pair, []).append((line.at_ms, float(line.cash)))
    largest = sorted(paid, key=lambda pair: -abs(sum(cash for _, cash in paid[pair])))[:MOST_PAIRS]
    names = short_pairs(largest)
    curves = [
        Curve(
            f"funding of {names[pair]}", [at for at, _ in paid[pair]], list(accumulate(cash for _, cash in paid[pair]))
        )
        for pair in largest
    ]
    return plotted(curves, width, "+,.2f", floor=0.0)


def _settled(panel: Panel, symbol: str, most: int | None = None) -> tuple[list[int], list[float]]:
    """Times and rates per 8 h of the settlements that have an interval, at most the newest so many."""
    settled = panel.settlements
    index = next(number for number, pair in enumerate(panel.pairs) if pair.symbol == symbol)
    rows = settled.rows(index)
    first = rows.start if most is None else max(rows.start, rows.stop - most)
    known = [row for row in range(first, rows.stop) if settled.interval_ms[row]]
    rates = [float(rate_8h(settled.rate_exact(row), int(settled.interval_ms[row]))) for row in known]
    return [int(settled.settled_at[row]) for row in known], rates
