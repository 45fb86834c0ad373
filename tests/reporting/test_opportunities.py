"""The opportunity table says of a moment what a backtest decides at it, and why; nothing later is in it."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction

import pytest

from fundarb.domain.decision import EntryReason, ExitReason
from fundarb.domain.instants import DAY, HOUR, iso, parse_instant
from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.money import canonical
from fundarb.engine.market import Market
from fundarb.reporting.charts.sparkline import sparkline
from fundarb.reporting.explanation import explanation
from fundarb.reporting.figures import amount
from fundarb.reporting.opportunities import Opportunity, opportunities, opportunity_document, plain
from fundarb.reporting.opportunity_table import COLUMNS, LAST_RATES, fitting_columns, flat_rows, people_rows
from fundarb.reporting.outlook import Outlook, look, this_month
from fundarb.research.rules import charge_bp, costs_by_pair
from fundarb.signals.composite import COMPONENTS
from fundarb.strategy.params import MODES
from tests.engine.running import setup_of
from tests.engine.worlds import Bar, Stream, World, panel_of
from tests.golden.backtest_cases import load
from tests.reporting.runs import NAMES, runs_of

START = parse_instant("2024-01-01")
LOTS = LotRule(Decimal("0.001"), Decimal("0.001"), Decimal(5))
OWN_EXITS = (ExitReason.RATE, ExitReason.SCORE, ExitReason.BAND)
FIELDS = (
    *("pair", "settled_at", "interval_h", "rate", "rate_8h", "apr", "forecast", "components", "score"),
    *("enter", "exit", "held", "reason", "break_even_settlements", "expected_net_bp", "flags"),
)


def outlook_of(world: World, at_ms: int, mode: str = "simple", sets: dict[str, str] | None = None) -> Outlook:
    """What `signals` looks at, wired as the command does."""
    setup, panel = setup_of(sets or {}, [stream.pair for stream in world]), panel_of(world, at_ms)
    market = Market(panel, spot_from_perp=setup.backtest.spot_source == "perp")
    costs = costs_by_pair(setup.costs)
    return look(panel, mode, setup.strategy, costs, charge_bp(setup), stand_ins=market.stand_ins, held=())


def row_of(outlook: Outlook, pair: str) -> Opportunity:
    return next(row for row in opportunities(outlook) if row.pair == pair)


def stream(base: str, rates: list[str], *, spot: bool = True, hours: int = 8, gone_ms: int | None = None) -> Stream:
    """A pair that settles from the start of the year, its candles hourly at 100 until its last settlement."""
    pair = Pair(f"{base}/USDT:USDT", f"{base}/USDT", Decimal(1), LOTS, LOTS, START, gone_ms)
    settled = tuple((START + n * hours * HOUR, Decimal(rate)) for n, rate in enumerate(rates))
    price = Decimal(100)
    bars = tuple(
        Bar(START + n * HOUR, HOUR, price, price, price, price, Decimal(50)) for n in range(len(rates) * hours)
    )
    return Stream(pair, settled, bars, bars if spot else ())


@pytest.mark.parametrize("name", NAMES)
def test_what_a_backtest_entered_the_table_enters_at_that_moment(name: str) -> None:
    case = load(name)
    for run in runs_of(name):
        if run.mode in ("hold", "band"):  # what they do depends on when they began
            continue
        for trade in [*run.trades, *run.open][:4]:
            found = row_of(outlook_of(case.world, trade.opened_ms, run.mode, case.sets), trade.pair)
            assert found.enter, (iso(trade.opened_ms), trade.pair, found.reason)
            assert trade.open_reason in (EntryReason.RATE, EntryReason.SCORE)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_backtest_left_of_its_own_the_table_leaves_at_that_moment(name: str) -> None:
    case = load(name)
    for run in runs_of(name):
        if run.mode not in ("simple", "composite"):
            continue
        for trade in [trade for trade in run.trades if trade.close_reason in OWN_EXITS][:4]:
            assert trade.closed_ms is not None
            found = row_of(outlook_of(case.world, trade.closed_ms, run.mode, case.sets), trade.pair)
            assert found.exit, (iso(trade.closed_ms), trade.pair, found.reason)
            assert not found.enter


def test_a_row_has_the_fields_of_the_contract_and_survives_json() -> None:
    world = (stream("AAA", ["0.0003"] * 40),)
    (row,) = opportunities(outlook_of(world, START + 13 * DAY))
    page = json.loads(json.dumps(opportunity_document(row), allow_nan=False))
    assert tuple(page) == FIELDS
    assert (page["rate"], page["rate_8h"], page["apr"], page["interval_h"]) == ("0.0003", "0.0003", "0.3285", 8)
    assert tuple(page["components"]) == COMPONENTS
    assert page["components"]["volume"] is None
    assert page["components"]["stability"] == 1.0
    assert page["settled_at"] == iso(START + 13 * DAY)
    assert isinstance(page["score"], float)
    assert page["forecast"] == pytest.approx(3.0)
    assert page["break_even_settlements"] == 17  # 51 bp of round trip at 3 bp
    assert page["expected_net_bp"] == pytest.approx(3 * 45 - 51)
    assert page["flags"] == []


def test_rates_of_shorter_intervals_are_put_on_one_footing() -> None:
    world = (stream("AAA", ["0.0002"] * 20, hours=4),)
    (row,) = opportunities(outlook_of(world, START + 3 * DAY))
    page = opportunity_document(row)
    assert (page["interval_h"], page["rate_8h"], page["apr"]) == (4, "0.0004", "0.438")


def test_components_and_score_are_those_of_composite_whatever_the_mode() -> None:
    case = load("composite_components")
    at_ms = case.span[1]
    by_mode = [opportunities(outlook_of(case.world, at_ms, mode, case.sets)) for mode in MODES]
    told = [sorted((row.pair, row.score, tuple(row.components.items())) for row in rows) for rows in by_mode]
    assert all(one == told[0] for one in told)
    assert any(row.score is not None for row in by_mode[0])


def test_nothing_later_than_the_moment_is_in_it() -> None:
    rates = ["0.0003"] * 30
    at_ms = START + 5 * DAY
    known = opportunities(outlook_of((stream("AAA", rates[:16]),), at_ms))
    later = opportunities(outlook_of((stream("AAA", [*rates[:16], *["0.01"] * 14]),), at_ms))
    assert [opportunity_document(row) for row in known] == [opportunity_document(row) for row in later]


def test_pairs_to_enter_come_first_then_the_higher_rate_then_the_symbol() -> None:
    rates = {"AAA": "0.0001", "BBB": "0.0005", "CCC": "0.0004", "DDD": "0.0004"}
    world = tuple(stream(base, [rate] * 5) for base, rate in rates.items())
    rows = opportunities(outlook_of(world, START + DAY))
    assert [row.pair[:3] for row in rows] == ["BBB", "CCC", "DDD", "AAA"]
    assert [row.enter for row in rows] == [True, True, True, False]


def test_a_stale_pair_is_not_entered_and_says_how_old_it_is() -> None:
    (row,) = opportunities(outlook_of((stream("AAA", ["0.0005"] * 4),), START + DAY + 9 * HOUR))
    assert row.flags == ("stale",)
    assert (row.enter, row.exit) == (False, False)
    assert row.reason == "stale: the last settlement is 9 h old; rate 5 bp >= entry 3 bp"
    (older,) = opportunities(outlook_of((stream("AAA", ["0.0005"] * 4),), START + 3 * DAY + HOUR // 2))
    assert older.exit
    assert "2 d old" in older.reason


def test_a_leg_without_candles_is_flagged_and_not_entered() -> None:
    (row,) = opportunities(outlook_of((stream("AAA", ["0.0005"] * 4, spot=False),), START + DAY))
    assert (row.flags, row.enter) == (("no_spot",), False)
    assert row.reason.startswith("no close of the spot is known; ")
    (lent,) = opportunities(
        outlook_of((stream("AAA", ["0.0005"] * 4, spot=False),), START + DAY, sets={"backtest.spot_source": "perp"})
    )
    assert (lent.flags, lent.enter, lent.components["basis"]) == (("spot_source_perp",), True, None)


@pytest.mark.parametrize("rate", ["0.3", "0.0500001"])
def test_a_rate_beyond_any_venues_cap_is_flagged_and_not_entered(rate: str) -> None:
    (row,) = opportunities(outlook_of((stream("AAA", ["0.0001", "0.0001", rate]),), START + 16 * HOUR))
    assert (row.flags, row.enter) == (("beyond_cap",), False)
    words = (
        f"its rate of {canonical(Decimal(rate).scaleb(2))}% is beyond the 5% of any venue's cap, so nothing is entered"
    )
    assert row.reason.startswith(words)
    assert "rate " in row.reason.partition("; ")[2]  # the mode's own words follow


def test_a_rate_at_the_cap_is_entered() -> None:
    (row,) = opportunities(outlook_of((stream("AAA", ["0.0001", "0.0001", "0.05"]),), START + 16 * HOUR))
    assert (row.flags, row.enter) == ((), True)


def test_hold_enters_no_absurd_rate_either() -> None:
    world = (stream("AAA", ["0.0001"] * 3), stream("BBB", ["0.0001", "0.0001", "-0.3"]))
    rows = {row.pair: row.enter for row in opportunities(outlook_of(world, START + 16 * HOUR, "hold"))}
    assert rows == {"AAA/USDT:USDT": True, "BBB/USDT:USDT": False}


@pytest.mark.parametrize(("mode", "enters"), [("simple", True), ("composite", False), ("band", False)])
def test_what_is_forecast_from_an_absurd_rate_is_not_entered(mode: str, enters: bool) -> None:
    rates = ["0.0005"] * 20 + ["0.9"] + ["0.0005"] * 20
    (row,) = opportunities(outlook_of((stream("AAA", rates),), START + 40 * 8 * HOUR, mode))
    assert (row.flags, row.enter) == (("beyond_cap_before",), enters)
    assert row.reason.startswith("1 earlier rate is beyond the 5% of any venue's cap; ")


def test_an_absurd_rate_beyond_the_lookback_is_forgotten() -> None:
    at_ms = START + 365 * 8 * HOUR
    for place, flags in ((5, ("beyond_cap_before",)), (4, ())):  # 360 settlements are the 120 days looked back
        rates = ["0.0005"] * 366
        rates[place + 1] = "0.9"
        (row,) = opportunities(outlook_of((stream("AAA", rates),), at_ms, "simple"))
        assert row.flags == flags


def test_a_pair_that_is_gone_is_not_entered() -> None:
    (row,) = opportunities(outlook_of((stream("AAA", ["0.0005"] * 4, gone_ms=START + DAY),), START + DAY))
    assert ("not_listed" in row.flags, row.enter) == (True, False)


def test_a_pair_without_settlements_has_a_row_of_nothing() -> None:
    world = (stream("AAA", ["0.0005"] * 4), stream("BBB", []))
    row = row_of(outlook_of(world, START + DAY), "BBB/USDT:USDT")
    page = opportunity_document(row)
    assert [page[name] for name in ("settled_at", "rate", "rate_8h", "apr", "forecast", "score")] == [None] * 6
    assert "no_settlement" in row.flags
    assert row.reason.startswith("no settlement is known; ")
    assert not row.enter


@pytest.mark.parametrize(
    ("mode", "rates", "sets", "words"),
    [
        ("simple", ["0.00042"] * 3, {}, "rate 4.2 bp >= entry 3 bp"),
        ("simple", ["0.0002"] * 3, {}, "rate 2 bp between exit 1 bp and entry 3 bp"),
        ("simple", ["0.00005"] * 3, {}, "rate 0.5 bp < exit 1 bp"),
        ("simple", ["0.0002999999"] * 3, {}, "rate 2.999999 bp between exit 1 bp and entry 3 bp"),
        ("simple", ["0.0004"], {}, "its first settlement has no interval, so no rate per 8 h"),
        (
            "simple",
            ["0.0001", "0.0001", "0.0004"],
            {"strategy.simple.min_consecutive": "2"},
            "rate 4 bp >= entry 3 bp, but not yet 2 times in a row",
        ),
        (
            "simple",
            ["0.0004"] * 3,
            {"strategy.simple.min_consecutive": "2"},
            "rate 4 bp >= entry 3 bp, 2 times in a row",
        ),
        ("composite", ["0.0004"] * 3, {}, "no forecast: less than 7 days of settlements without a gap"),
        ("composite", ["-0.0008"] * 30, {}, "score 0.2"),
        ("composite", ["0.0008"] * 30, {}, ">= enter 0.6"),
        ("band", ["0.0008"] * 30, {}, "forecast 8 bp >= enter 0.33 bp, but band enters nothing before 87 d"),
        ("band", ["-0.0008"] * 30, {"strategy.band.exit": "-0.0001"}, "forecast -8 bp < exit -1 bp"),
        ("cash", ["0.0008"] * 3, {}, "cash holds nothing"),
        ("hold", ["0.0008"] * 3, {}, "hold enters every pair listed at its start"),
    ],
)
def test_reasons_are_words_with_the_figures_that_decided(
    mode: str, rates: list[str], sets: dict[str, str], words: str
) -> None:
    world = (stream("AAA", rates),)
    (row,) = opportunities(outlook_of(world, START + (len(rates) - 1) * 8 * HOUR, mode, sets))
    assert words in row.reason, row.reason


def test_the_band_is_that_of_the_first_settlement_of_the_month() -> None:
    at_ms = parse_instant("2024-02-03")
    settled = panel_of((stream("AAA", ["0.0001"] * 200),), at_ms).settlements.settled_at
    month = this_month(settled, at_ms)
    assert (int(month[0]), int(month[-1])) == (parse_instant("2024-02-01"), at_ms)
    assert this_month(settled, parse_instant("2024-09-09")).tolist() == [parse_instant("2024-09-09")]


@pytest.mark.parametrize(
    ("value", "text"),
    [(Fraction(1, 8), "0.125"), (Fraction(1, 3), "0.333333333333"), (Fraction(-7, 10**15), "-0.000000000000007")],
)
def test_ratios_keep_all_their_digits_where_they_end(value: Fraction, text: str) -> None:
    assert plain(value) == text


def test_tables_have_every_column_and_a_terminal_what_fits() -> None:
    rows = [
        opportunity_document(row)
        for row in opportunities(outlook_of((stream("AAA", ["0.0004"] * 30),), START + 9 * DAY))
    ]
    (flat,) = flat_rows(rows)
    assert set(COLUMNS) <= set(flat)
    assert flat["flags"] == ""
    shown = people_rows(rows, lambda _: [1.0, 2.0])
    assert str(shown[0]["apr"]) == "43.80%"
    assert shown[0]["rates"] == sparkline([1.0, 2.0], LAST_RATES)
    assert str(shown[0]["trend"]) == str(amount(flat["trend"])), "the component, not the bars"
    assert fitting_columns(shown, 60)[0] == "pair"
    assert "reason" in fitting_columns(shown, 100)
    assert len(fitting_columns(shown, 100)) < len(fitting_columns(shown, 200)) < len(COLUMNS)


def test_a_long_reason_stands_on_several_lines_and_keeps_its_place() -> None:
    world = (stream("AAA", ["0.3"] * 4, spot=False),)
    rows = [opportunity_document(row) for row in opportunities(outlook_of(world, START + 3 * DAY))]
    shown = people_rows(rows, lambda _: [1.0, 2.0])
    assert len(rows[0]["reason"]) > 100
    assert shown[0]["reason"].replace("\n", " ") == rows[0]["reason"]
    assert max(map(len, shown[0]["reason"].splitlines())) <= 44
    assert {"reason", "apr"} <= set(fitting_columns(shown, 100))


def test_an_explanation_adds_up_and_every_number_has_a_unit() -> None:
    outlook = outlook_of((stream("AAA", ["0.0004"] * 60),), START + 19 * DAY, "band")
    row = row_of(outlook, "AAA/USDT:USDT")
    numbers = explanation(outlook, row)
    by_name = {(one.group, one.name): one for one in numbers}
    assert len(by_name) == len(numbers)
    brought = [one.value for one in numbers if one.group == "contribution"]
    assert sum(value for value in brought if isinstance(value, float)) == pytest.approx(float(row.score or 0))
    assert by_name["threshold", "enter"].value == "0.33"
    assert by_name["cost", "round_trip"].value == "51"
    assert by_name["price", "perp_close"].value == "100"
    assert by_name["signal", "ema_3_bp"].unit == "bp per 8 h"
    assert {by_name["signal", f"har_next_{days}d_bp"].unit for days in (3, 7, 21)} == {"bp per 8 h"}
    assert [one.name for one in numbers if not one.unit] == ["mode", "enter", "exit", "held", "reason", "flags"]
    json.dumps([one.document() for one in numbers], allow_nan=False)
