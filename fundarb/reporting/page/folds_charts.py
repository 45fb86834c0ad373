"""A walk-forward: what was promised on each training stretch beside what came, and the days nobody had looked at."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from fundarb.domain.folds import FoldResult, WalkForward
from fundarb.domain.instants import DAY, iso
from fundarb.reporting.figures import amount
from fundarb.reporting.page.chart import Chart, Spec, axis, layout, line, moment, time_axis
from fundarb.reporting.page.histogram_bars import bars
from fundarb.reporting.page.tables import words
from fundarb.reporting.page.thinning import thinned
from fundarb.reporting.sweep_pictures import histogram

DailyFolds = Sequence[Sequence[float]]


def folds_chart(walk: WalkForward) -> Chart:
    """Two bars a fold: the metric where the set was chosen, and what the same set did afterwards."""
    days = [f"{one.fold.number} · {iso(one.fold.test.start_ms)[:10]}" for one in walk.folds]
    pairs = (("in sample", "in_sample", "@many"), ("out of sample", "out_of_sample", "@accent"))
    traces: list[Spec] = [
        {
            "type": "bar",
            "name": name,
            "x": days,
            "y": [getattr(one, field) for one in walk.folds],
            "marker": {"color": color},
            "hovertemplate": f"{name} %{{y:.2f}}<extra></extra>",
        }
        for name, field, color in pairs
    ]
    return Chart(
        name="folds",
        title=f"{words(walk.metric)}, fold by fold",
        caption="Each pair of bars is one fold: where the set was chosen, and the stretch after it. Chosen well, the "
        "second keeps most of the first; without a second bar nothing was traded there.",
        alt=f"Bars of {words(walk.metric)} for {len(walk.folds)} folds. " + " ".join(map(_fold_words, walk.folds)),
        traces=traces,
        layout=layout(300, xaxis=axis(type="category", showgrid=False), yaxis=axis(zeroline=True), barmode="group"),
    )


def later_equity_chart(walk: WalkForward, daily: DailyFolds) -> Chart | None:
    """Equity over all test stretches, one after another, shaded in turn; None where their days are not kept."""
    if not any(daily):
        return None
    times, values, shades = [], [], []
    for number, (one, own) in enumerate(zip(walk.folds, daily, strict=True)):
        worth = list(accumulate(own, lambda value, change: value * (1.0 + change), initial=float(one.capital)))
        times += [one.fold.test.start_ms + day * DAY for day in range(len(worth))]
        values += worth
        if number % 2:
            shades.append(_shade(one))
    out = walk.out_of_sample
    curve = thinned(np.array(times, dtype=np.int64), np.array(values))
    return Chart(
        name="later",
        title="Equity over the stretches nobody had looked at",
        caption="The chosen sets one after another, each on the days after its training; shaded in turn, by day. "
        "This, not the winner's curve, is what the method would have made.",
        alt=f"Equity over {out.days} days out of sample, ending at {amount(out.equity)}.",
        traces=[line("equity", *curve, "@accent", width=2.0)],
        layout=layout(280, xaxis=time_axis(), yaxis=axis(tickformat=",.0f"), shapes=shades, showlegend=False),
    )


def later_returns_chart(walk: WalkForward, daily: DailyFolds) -> Chart | None:
    """Bars of how many of those days brought which return; None where they are not kept or never moved."""
    values = np.array([value for own in daily for value in own], dtype=np.float64)
    if not len(values) or values.min() == values.max():
        return None
    spread, out = histogram(values), walk.out_of_sample
    gains, mean = int((values > 0).sum()), float(values.mean())
    losses = int((values < 0).sum())
    return Chart(
        name="returns",
        title="Daily returns out of sample",
        caption=f"{len(values):,} days: {gains:,} gained, {losses:,} lost; the line is their mean, {mean:.4%}. "
        f"{interval_words(walk)}",
        alt=f"A histogram of daily returns between {values.min():.3%} and {values.max():.3%}, mean {mean:.4%}. "
        f"Ends at {amount(out.equity)}.",
        traces=[bars("days", spread, "%{y} days around %{x:.3%}")],
        layout=layout(
            280,
            xaxis=axis(tickformat=".2%", zeroline=True),
            yaxis=axis(title={"text": "days"}),
            bargap=0.08,
            shapes=[{**_MEAN, "x0": mean, "x1": mean}],
            showlegend=False,
            hovermode="closest",
        ),
    )


_MEAN = {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "line": {"color": "@accent", "width": 2}}


def interval_words(walk: WalkForward) -> str:
    """The Sharpe ratio of those days with its bootstrap interval, or why there is none."""
    out = walk.out_of_sample
    sharpe = (
        "They have no Sharpe ratio" if out.sharpe_daily is None else f"Their Sharpe ratio is {out.sharpe_daily:.2f}"
    )
    if out.sharpe_low is None or out.sharpe_high is None or out.block_days is None:
        return f"{sharpe}; no interval of it: {out.lacking or 'its returns never move'}."
    bounds = f"{out.sharpe_low:.2f} to {out.sharpe_high:.2f}"
    return f"{sharpe}; 95 % of the histories made of blocks of about {out.block_days:.0f} of them have {bounds}."


def _fold_words(one: FoldResult) -> str:
    figures = ("none" if value is None else f"{value:.2f}" for value in (one.in_sample, one.out_of_sample))
    return "Fold {}: {} in sample, {} out of sample.".format(one.fold.number, *figures)


def _shade(one: FoldResult) -> Spec:
    return {
        "type": "rect",
        "xref": "x",
        "yref": "paper",
        "x0": {"minute": moment(one.fold.test.start_ms)},
        "x1": {"minute": moment(one.fold.test.end_ms)},
        "y0": 0,
        "y1": 1,
        "fillcolor": "@wash",
        "line": {"width": 0},
        "layer": "below",
    }
