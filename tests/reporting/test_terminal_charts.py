"""Pictures in the terminal: no wider than asked, legible without colour, true to what they show."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from fundarb.domain.instants import DAY, HOUR
from fundarb.domain.ledger import LineKind
from fundarb.reporting.charts.funding import payments_plot, rates_plot, recent_rates
from fundarb.reporting.charts.sparkline import BARS, sparkline
from fundarb.reporting.charts.terminal import NARROWEST, Curve, plotted
from fundarb.reporting.run_table import CURVE, equity_bars
from fundarb.reporting.short_names import short_pairs
from tests.reporting.runs import runs_of
from tests.signals.markets import market

PANEL = market(3, days=60).panel()
SYMBOL = PANEL.pairs[0].symbol
RUN = max(runs_of("mixture_defaults"), key=lambda run: len(run.trades))


@pytest.mark.parametrize("width", [NARROWEST, 80, 100, 200])
def test_no_plot_is_wider_than_asked_or_holds_a_colour(width: int) -> None:
    for page in (rates_plot(PANEL, SYMBOL, width), payments_plot([RUN], width)):
        assert page
        assert max(len(line) for line in page.splitlines()) <= width
        assert "\x1b" not in page


def test_where_there_is_no_room_or_nothing_to_draw_there_is_no_plot() -> None:
    assert rates_plot(PANEL, SYMBOL, NARROWEST - 1) == ""
    assert plotted([Curve("one point", [1], [1.0])], 100) == ""
    assert payments_plot([], 100) == ""
    assert payments_plot([replace(RUN, ledger=())], 100) == ""


def test_zero_is_a_level_of_a_picture_that_crosses_it() -> None:
    page = plotted([Curve("up and down", [0, 1, 2], [-1.0, 2.0, 0.5])], 80, "+.2f", floor=0.0)
    assert re.search(r"^\s*\+0\.00", page, re.MULTILINE)


def test_times_tell_their_marks_apart_in_days_and_in_hours() -> None:
    for span_ms, first in ((30 * DAY, "1970-01-01"), (12 * HOUR, "01-01 00:00")):
        marks = plotted([Curve("up", [0, span_ms // 2, span_ms], [1.0, 2.0, 3.0])], 80).splitlines()[-1].split("  ")
        told = [one.strip() for one in marks if one.strip()]
        assert told[0] == first
        assert len(set(told)) == 3


def test_payments_are_those_of_the_pairs_that_were_paid_most() -> None:
    paid: dict[str, float] = {}
    for line in RUN.ledger:
        if line.kind is LineKind.FUNDING and line.pair:
            paid[line.pair] = paid.get(line.pair, 0.0) + float(line.cash)
    first = max(paid, key=lambda pair: abs(paid[pair]))
    assert f"funding of {short_pairs([*paid])[first]}" in payments_plot([RUN], 100)


def test_recent_rates_are_the_newest_on_one_footing() -> None:
    settled = PANEL.settlements
    last = settled.rows(0).stop - 1
    assert recent_rates(PANEL, SYMBOL)[-1] == pytest.approx(
        float(settled.rate[last]) * 8 * 3_600_000 / int(settled.interval_ms[last])
    )


@pytest.mark.parametrize(
    ("values", "bars"),
    [([], ""), ([5.0], "▄"), ([1.0, 1.0], "▄▄"), ([0.0, 7.0], "▁█"), ([-1.0, 0.0, 1.0], "▁▅█"), ([1e-9, 2e-9], "▁█")],
)
def test_bars_go_from_the_least_to_the_largest(values: list[float], bars: str) -> None:
    assert sparkline(values, 10) == bars


def test_bars_are_of_the_newest_values_and_keep_their_order() -> None:
    page = sparkline([9.0, 1.0, 2.0, 3.0, 4.0], 4)
    heights = [BARS.index(bar) for bar in page]
    assert len(page) == 4
    assert all(one < two for one, two in pairwise(heights))
    assert sparkline([1.0, 2.0], 0) == ""


def test_the_equity_of_a_run_ends_where_it_ended() -> None:
    bars = equity_bars(RUN)
    assert len(bars) == CURVE
    rising = replace(RUN, equity=tuple((n * 1000, RUN.equity[0][1] + n) for n in range(50)))
    assert equity_bars(rising)[-1] == BARS[-1]
    assert equity_bars(replace(RUN, equity=RUN.equity[:1])) == ""
