"""However a run is taken apart, its parts add up to its totals, to the digit."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from fundarb.domain.instants import DAY, parse_instant
from fundarb.domain.money import ZERO
from fundarb.domain.position import Split
from fundarb.domain.result import RunResult
from fundarb.reporting.months import month_splits
from fundarb.reporting.parts import BY, OPEN, REST, part_document, parts
from fundarb.reporting.payments import payment_rows, payments
from tests.reporting.runs import NAMES, runs_of


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("by", BY)
def test_parts_add_up_to_the_totals(name: str, by: str) -> None:
    for run in runs_of(name):
        found = parts(run, by)
        assert sum((part.split for part in found), Split()) == run.totals.split
        assert sum(part.trades for part in found) == len(run.trades)
        assert sum(part.wins for part in found) == sum(trade.split.net > 0 for trade in run.trades)


@pytest.mark.parametrize("name", NAMES)
def test_payments_add_up_to_the_funding(name: str) -> None:
    for run in runs_of(name):
        assert sum((Decimal(row["payment"]) for row in payments(run)), ZERO) == run.totals.split.funding


@pytest.mark.parametrize("name", NAMES)
def test_months_bring_what_equity_changed(name: str) -> None:
    for run in runs_of(name):
        months = month_splits(run)
        assert sum((split.net for split in months.values()), ZERO) == run.equity[-1][1] - run.equity[0][1]
        assert list(months) == sorted(months)


def test_what_belongs_to_no_trade_is_a_row_of_its_own() -> None:
    (run,) = [run for run in runs_of("interest_all_modes") if run.mode == "cash"]
    assert run.totals.split.other > 0
    (rest,) = parts(run, "pair")
    assert (rest.key, rest.trades, rest.split) == (REST, 0, run.totals.split)


def test_without_interest_and_dust_there_is_no_rest() -> None:
    run = next(run for run in runs_of("m01_golden") if run.trades)
    assert REST not in [part.key for part in parts(run, "reason")]


def test_reasons_are_those_for_which_trades_ended_and_open_ones_stand_apart() -> None:
    run = next(run for run in runs_of("no_close_at_end") if run.open)
    by_reason = {part.key: part for part in parts(run, "reason")}
    assert by_reason[OPEN].trades == 0
    assert by_reason[OPEN].split == sum((trade.split for trade in run.open), Split())
    ended = next(run for run in runs_of("delisting") if run.counts.delistings)
    assert "delisting" in [part.key for part in parts(ended, "reason")]


def test_a_part_as_a_row_has_canonical_money() -> None:
    run = next(run for run in runs_of("m01_golden") if run.trades)
    row = part_document(parts(run, "pair")[0], "pair")
    assert list(row) == ["pair", "trades", "wins", "funding", "price", "fees", "slippage", "other", "net"]
    assert Decimal(row["net"]) == run.trades[0].split.net


def test_a_sample_at_midnight_closes_the_month_before_it() -> None:
    run = over_a_month_end(next(iter(runs_of("cash_idle"))))
    assert {month: split.net for month, split in month_splits(run).items()} == {
        "2024-01": Decimal(7),
        "2024-02": Decimal(-2),
    }


def over_a_month_end(run: RunResult) -> RunResult:
    """A run of nothing but samples, from the last day of January into February."""
    start = parse_instant("2024-01-31")
    values = [(start, 100), (start + DAY // 2, 105), (start + DAY, 107), (start + DAY + 1, 105)]
    equity = tuple((at_ms, Decimal(value)) for at_ms, value in values)
    return replace(run, from_ms=start, to_ms=start + DAY + 1, equity=equity, ledger=(), trades=(), open=())


def test_a_run_that_starts_at_midnight_opens_its_own_month() -> None:
    run = over_a_month_end(next(iter(runs_of("cash_idle"))))
    later = replace(run, from_ms=run.equity[2][0], equity=run.equity[2:])
    assert list(month_splits(later)) == ["2024-02"]


def test_payments_carry_their_run() -> None:
    run = next(run for run in runs_of("m01_golden") if run.trades)
    rows = payment_rows([run])
    assert {row["run_id"] for row in rows} == {run.run_id}
    assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)
    first = rows[0]
    assert Decimal(first["payment"]) == Decimal(first["qty"]) * Decimal(first["mark"]) * Decimal(first["rate"])
