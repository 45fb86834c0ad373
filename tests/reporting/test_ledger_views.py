"""Ledgers taken year by year, payment by payment, and line by line beside another ledger of the same decisions."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from fundarb.domain.instants import HOUR, MINUTE, iso, parse_instant
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.market import PredictedRate
from fundarb.domain.money import canonical
from fundarb.domain.orders import Leg, Side
from fundarb.domain.result import RunResult
from fundarb.errors import DataError
from fundarb.ports.journal import Event
from fundarb.reporting.booked import checked_payments, summary
from fundarb.reporting.line_differences import NEAR, counted, difference_rows
from fundarb.reporting.predictions import prediction_rows
from fundarb.reporting.tax_year import BROUGHT_FORWARD, TAX_COLUMNS, tax_rows
from tests.reporting.runs import runs_of

PAIR = "BTC/USDT:USDT"
T0 = parse_instant("2026-01-10T08:00Z")


WORKED = ("guard_then_liquidation", "delisting", "mixture_defaults", "base_fee_dust", "interest_all_modes")


def traded(name: str) -> RunResult:
    """The run of a worked backtest with the most trades."""
    return max(runs_of(name), key=lambda run: len(run.trades))


@pytest.mark.parametrize("name", WORKED)
def test_the_years_of_a_ledger_are_the_ledger_and_its_trades_come_to_what_they_came_to(name: str) -> None:
    run = traded(name)
    years = sorted({int(iso(line.at_ms)[:4]) for line in run.ledger})
    booked = [row for year in years for row in tax_rows([run], year) if row["kind"] != BROUGHT_FORWARD]
    assert [Decimal(row["cash"]) for row in booked] == [line.cash for line in run.ledger]
    assert Decimal(booked[-1]["cash_after"]) == sum(line.cash for line in run.ledger)
    assert sorted(Decimal(row["trade_net"]) for row in booked if row["trade_net"]) == sorted(
        one.split.net for one in run.trades
    )
    assert run.trades
    assert all(set(row) == set(TAX_COLUMNS) for row in booked)


def test_a_later_year_begins_with_what_was_carried_over() -> None:
    run = traded("mixture_defaults")
    earlier, *rest = run.ledger
    moved = earlier._replace(at_ms=earlier.at_ms - 366 * 24 * HOUR)
    year = int(iso(rest[0].at_ms)[:4])
    (first, *_) = tax_rows([replace(run, ledger=(moved, *rest))], year)
    assert (first["kind"], first["time"], first["cash_after"]) == (
        BROUGHT_FORWARD,
        f"{year}-01-01T00:00:00Z",
        canonical(earlier.cash),
    )


def test_a_year_without_a_line_is_refused_with_the_range_there_is() -> None:
    with pytest.raises(DataError, match=r"no line in 1999 \(UTC\); its lines are of 20"):
        tax_rows([traded("mixture_defaults")], 1999)


def test_what_the_event_of_a_payment_expected_goes_before_what_its_line_implies() -> None:
    run = traded("mixture_defaults")
    line = next(line for line in run.ledger if line.kind is LineKind.FUNDING)
    told = {"expected": str(line.cash - 1), "flagged": "paid for 2, the ledger held 1"}
    rows = checked_payments(run, [Event(line.at_ms, "live", "funding", line.pair, data=json.dumps(told))])
    assert (rows[0]["difference"], rows[0]["flagged"]) == ("1", told["flagged"])
    assert {(row["difference"], row["flagged"]) for row in rows[1:]} <= {("0", None)}
    assert summary(rows).endswith("1 flagged")


def fill(at_ms: int, side: Side, qty: str, price: str, reason: str | None = None) -> LedgerLine:
    amount = Decimal(qty) * Decimal(price)
    cash = amount if side is Side.SELL else -amount
    return LedgerLine(at_ms, LineKind.FILL, PAIR, cash, Leg.SPOT, side, Decimal(qty), Decimal(price), reason=reason)


def paid(at_ms: int, qty: str, rate: str) -> LedgerLine:
    cash = Decimal(qty) * 100 * Decimal(rate)
    return LedgerLine(at_ms, LineKind.FUNDING, PAIR, cash, None, None, Decimal(qty), Decimal(100), rate=Decimal(rate))


def test_fills_of_one_order_are_one_line_at_their_average() -> None:
    late = T0 + MINUTE
    ours = [fill(late, Side.BUY, "1", "100"), fill(late, Side.BUY, "3", "104", "rate")]
    (row,) = difference_rows(ours, [fill(T0, Side.BUY, "4", "103", "rate")])
    assert (row["qty"], row["price"], row["backtest_price"], row["why"]) == ("4", "103", "103", "same")


@pytest.mark.parametrize(
    ("ours", "theirs", "why"),
    [
        (paid(T0, "2", "0.0001"), paid(T0, "2", "0.0001"), "same"),
        (paid(T0, "3", "0.0001"), paid(T0, "2", "0.0001"), "qty"),
        (paid(T0, "2", "0.0002"), paid(T0, "2", "0.0001"), "rate"),
        (fill(T0, Side.BUY, "1", "101"), fill(T0, Side.BUY, "1", "100"), "price"),
        (fill(T0, Side.BUY, "1", "100", "rate"), fill(T0, Side.BUY, "1", "100", "score"), "reason"),
    ],
)
def test_the_first_factor_that_differs_is_named(ours: LedgerLine, theirs: LedgerLine, why: str) -> None:
    (row,) = difference_rows([ours], [theirs])
    assert row["why"] == why
    assert Decimal(row["difference"]) == ours.cash - theirs.cash


def test_what_has_no_match_stands_alone_and_hinders_no_other() -> None:
    missed = fill(T0, Side.BUY, "1", "100")
    ours = [fill(T0 + 8 * HOUR + MINUTE, Side.BUY, "1", "100"), fill(T0 + 30 * HOUR, Side.BUY, "1", "100")]
    theirs = [missed, fill(T0 + 8 * HOUR, Side.BUY, "1", "100"), fill(T0 + 30 * HOUR - NEAR - 1, Side.BUY, "1", "100")]
    rows = difference_rows(ours, theirs)
    assert [row["why"] for row in rows] == [
        "only in the backtest",
        "same",
        "only in the backtest",
        "only in the ledger",
    ]
    assert counted(rows) == {
        "only in the backtest": {"lines": 2, "difference": "200"},
        "only in the ledger": {"lines": 1, "difference": "-100"},
        "same": {"lines": 1, "difference": "0"},
    }


def test_looks_are_grouped_by_how_long_before_the_settlement_they_were() -> None:
    looks = [
        PredictedRate(PAIR, T0 - 5 * MINUTE, T0, Decimal("0.0001")),
        PredictedRate(PAIR, T0 - 5 * HOUR, T0, Decimal("-0.0001")),
        PredictedRate(PAIR, T0 - 5 * HOUR, T0 + 8 * HOUR, Decimal("0.0001")),  # never settled, as far as is known
        PredictedRate(PAIR, T0 - 9 * HOUR, T0, Decimal("0.0001")),
    ]
    near, far = prediction_rows(looks, {(PAIR, T0): 0.00012})
    assert (near["before"], near["looks"], near["same_sign"]) == ("0-15 min", 1, 1.0)
    assert near["bias_bp"] == pytest.approx(-0.2)
    assert (far["before"], far["looks"], far["same_sign"]) == ("4-8 h", 1, 0.0)
    assert far["mean_error_bp"] == pytest.approx(2.2)
    assert far["share_explained"] is None
    assert prediction_rows([], {}) == []
