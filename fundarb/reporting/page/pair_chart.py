"""The market of one pair, funding rate above and basis below, with every entry and exit where it was made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fundarb.domain.instants import iso
from fundarb.domain.result import RunResult, TradeRow
from fundarb.reporting.page.chart import Chart, Spec, axis, extremes, layout, line, minutes, note, numbers, time_axis
from fundarb.reporting.page.markets import PairMarket
from fundarb.reporting.page.thinning import Floats, Stamps, thinned

HEIGHT = 300
FEW = 30


@dataclass(frozen=True, slots=True)
class _Mark:
    at_ms: int
    words: str
    entry: bool


def pair_chart(
    market: PairMarket, runs: Sequence[RunResult], names: Mapping[str, str], looks: Mapping[str, Spec], number: int
) -> Chart:
    """Marks of every run that traded it, in the colour of the run."""
    traces = [_curve("rate per 8 h, bp", market.settled_at, market.rate_8h_bp)]
    if len(market.closed_at):
        traces.append(_curve("basis, bp", market.closed_at, market.basis_bp, yaxis="y2"))
    count = 0
    for run in runs:
        own = [trade for trade in (*run.trades, *run.open) if trade.pair == market.symbol]
        count += len(own)
        name = names[run.run_id]
        traces += [trace for entry in (True, False) for trace in _marks(market, own, name, looks[name], entry)]
    low, high = extremes(market.rate_8h_bp)
    return Chart(
        name=f"pair-{number}",
        title=market.symbol,
        caption=_lacking(market),
        alt=f"Funding rate per 8 h of {market.symbol} between {low:.2f} and {high:.2f} bp, with the entries and exits of "
        f"{count} trade{'' if count == 1 else 's'}.",
        traces=traces,
        layout=_layout(market),
    )


def _curve(name: str, times: Stamps, values: Floats, **more: Any) -> Spec:
    """A line, with its points where there are few: one alone would be none."""
    curve = line(name, *thinned(times, values), "@bench", width=1.0, **more)
    if len(times) <= FEW:
        curve |= {"mode": "lines+markers", "marker": {"size": 4, "color": "@bench"}}
        curve["line"]["shape"] = "hv"  # what was last known, and so a mark lies on it
    return curve


def _layout(market: PairMarket) -> Spec:
    """Two panels, or one where there is no basis."""
    both = bool(len(market.closed_at))
    lower = {"yaxis2": axis(domain=[0.0, 0.4], zeroline=True)} if both else {}
    return layout(
        HEIGHT,
        xaxis=time_axis(**({"anchor": "y2"} if both else {})),
        yaxis=axis(domain=[0.52 if both else 0.0, 1.0], zeroline=True),
        annotations=[note("rate per 8 h, bp", 1.0), *([note("basis, bp", 0.41)] if both else [])],
        showlegend=False,
        hovermode="closest",
        **lower,
    )


def _lacking(market: PairMarket) -> str:
    """What is not stored of it."""
    if not len(market.settled_at):
        return "No settlement of it is stored any more for this time."
    return "" if len(market.closed_at) else "Of its spot no candle is stored, so that its basis is unknown."


def _marks(market: PairMarket, trades: Sequence[TradeRow], name: str, look: Spec, entry: bool) -> Iterator[Spec]:
    """On both panels, at what was last known; nothing where there was none."""
    made = list(_made(trades, entry))
    if not made:
        return
    times = np.array([mark.at_ms for mark in made], dtype=np.int64)
    panels = [("y", market.settled_at, market.rate_8h_bp), ("y2", market.closed_at, market.basis_bp)]
    for anchor, known_at, values in panels[: 1 + bool(len(market.closed_at))]:
        yield {
            "type": "scatter",
            "mode": "markers",
            "name": f"{'▲' if entry else '▼'} {name}",
            "x": minutes(times),
            "y": numbers(_last_known(known_at, values, times)),
            "yaxis": anchor,
            "text": [mark.words for mark in made],
            "hovertemplate": "%{text}<extra></extra>",
            "marker": {
                "symbol": "triangle-up" if entry else "triangle-down-open",
                "size": 9,
                "color": look["color"],
                "line": {"width": 1.4, "color": look["color"]},
            },
        }


def _made(trades: Sequence[TradeRow], entry: bool) -> Iterator[_Mark]:
    for trade in trades:
        if entry:
            yield _Mark(trade.opened_ms, f"entered {iso(trade.opened_ms)}, reason {trade.open_reason}", True)
        elif trade.closed_ms is not None:
            words = f"left {iso(trade.closed_ms)}, reason {trade.close_reason}, net {float(trade.split.net):,.2f}"
            yield _Mark(trade.closed_ms, words, False)


def _last_known(known_at: Stamps, values: Floats, times: Stamps) -> Floats:
    if not len(known_at):
        return np.full(len(times), np.nan)
    row = np.searchsorted(known_at, times, side="right") - 1
    return np.where(row >= 0, values[np.maximum(row, 0)], np.nan)
