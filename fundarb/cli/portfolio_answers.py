"""What `report` answers of ledgers beyond what runs are: payments checked, a tax year, predictions, a backtest beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fundarb.cli.forms import Format
from fundarb.cli.invocation import Invocation
from fundarb.cli.render import Answer
from fundarb.cli.run_answers import Views, form_of, runs_answer, show_plot, width
from fundarb.errors import UsageError

if TYPE_CHECKING:
    from fundarb.domain.result import RunResult
    from fundarb.research.comparison import Comparison

YEARS = range(2009, 2101)
CHECKED_FIRST = (
    *("time", "pair", "rate", "payment", "expected", "difference", "flagged"),
    *("qty", "mark", "mode", "stale_mark", "run_id"),
)
DIFFERENCE_FIRST = (
    *("time", "pair", "kind", "leg", "why", "difference", "price", "backtest_price", "qty", "backtest_qty"),
    *("cash", "backtest_cash", "side", "portfolio"),
)
DIGITS = frozenset(
    {
        *("qty", "mark", "rate", "payment", "expected", "difference", "price", "cash"),
        *("backtest_qty", "backtest_price", "backtest_cash"),
    }
)


@dataclass(frozen=True, slots=True)
class Apart:
    """Tables that need more than a run: each stands alone."""

    tax_year: int | None = None
    predicted: bool = False
    replayed: bool = False
    ab: bool = False

    @property
    def chosen(self) -> list[str]:
        """The options that were given."""
        given = {"--tax-year": self.tax_year is not None, "--predicted": self.predicted, "--replayed": self.replayed}
        given["--ab"] = self.ab
        return [name for name, there in given.items() if there]


def read_year(text: str) -> int:
    """A calendar year."""
    if not text.isascii() or not text.isdigit() or int(text) not in YEARS:
        raise UsageError(f"--tax-year {text}: no such year; write one from {YEARS[0]} to {YEARS[-1]}, such as 2025")
    return int(text)


async def show_apart(call: Invocation, found: Comparison, apart: Apart) -> None:
    """Answer with the one table that was asked for."""
    if apart.tax_year is not None:
        _show_tax_year(call, found, apart.tax_year)
    elif apart.ab:
        _show_beside(call, found)
    elif apart.predicted:
        await _show_predicted(call, found)
    else:
        await _show_replayed(call, found)


async def show_checked(call: Invocation, found: Comparison, views: Views, *, plot: bool) -> None:
    """The payments of trading portfolios, each beside what was expected of it."""
    from fundarb.bootstrap.portfolios import funding_events
    from fundarb.reporting.booked import CHECKED_COLUMNS, checked_payments, summary

    events = await funding_events(call.database, [run.run_id for run in found.runs])
    document: dict[str, Any] = dict(runs_answer(found, views, Format.JSON).document or {})
    rows: list[dict[str, Any]] = []
    for run, page in zip(found.runs, document["runs"], strict=True):
        checked = checked_payments(run, events[run.run_id])
        page["funding"] = [{name: row[name] for name in row if name not in ("run_id", "mode")} for row in checked]
        rows += checked
    columns, shown = _fitted(call, CHECKED_COLUMNS, CHECKED_FIRST, rows)
    call.answer(Answer(columns, shown, document, document["runs"], empty="none"))
    if plot and form_of(call) is Format.TABLE:
        show_plot(found, views)
    call.note(summary(rows))


def _show_tax_year(call: Invocation, found: Comparison, year: int) -> None:
    """CSV, wherever it goes: it is made to be handed on. Another form only where one was asked for."""
    from fundarb.reporting.tax_year import TAX_COLUMNS, tax_rows

    rows = tax_rows(found.runs, year)
    answer = Answer(TAX_COLUMNS, rows, {"year": year, "lines": rows}, rows)
    call.answer_in(answer, call.given.format or Format.CSV)


def _show_beside(call: Invocation, found: Comparison) -> None:
    """The sides of `trade --ab`, each but the first beside the first."""
    from fundarb.reporting.beside import BESIDE_COLUMNS, beside_rows

    sides = [run for run in found.runs if run.portfolio is not None]
    if len(sides) < 2:
        raise UsageError(
            "--ab compares portfolios that ran side by side; `fundarb trade --paper --ab simple,composite` begins two, "
            "and `fundarb report paper --ab` shows them"
        )
    rows = beside_rows(sides)
    call.answer(Answer(BESIDE_COLUMNS, _significant(call, rows), {"ab": rows}, rows))


async def _show_predicted(call: Invocation, found: Comparison) -> None:
    from fundarb.bootstrap.predictions import publishing_delays, seen_rates
    from fundarb.reporting.predictions import PREDICTION_COLUMNS, prediction_rows
    from fundarb.reporting.publishing import publishing_words

    rows = prediction_rows(*await seen_rates(call.database, found.runs))
    empty = "no predicted rate is stored of these pairs in this time; `fundarb trade` records them as it goes"
    call.answer(Answer(PREDICTION_COLUMNS, _significant(call, rows), {"predicted": rows}, rows, empty=empty))
    call.note(publishing_words(await publishing_delays(call.database, found.runs)))


async def _show_replayed(call: Invocation, found: Comparison) -> None:
    """Line by line; below it, on stderr, what the differences come to by cause."""
    from fundarb.bootstrap.replaying import replay
    from fundarb.domain.instants import iso
    from fundarb.reporting.line_differences import DIFFERENCE_COLUMNS, counted, difference_rows, reasoned

    documents: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    for run in _traded(found):
        replayed = await replay(call.database, run)
        own = difference_rows(replayed.ours, replayed.theirs, replayed.cycles)
        causes, reasons, span = counted(own), reasoned(own), replayed.span
        head = {"portfolio": replayed.portfolio, "from": iso(span.start_ms), "to": iso(span.end_ms)}
        remarks = list(replayed.remarks)
        documents.append({**head, "causes": causes, "reasons": reasons, "remarks": remarks, "lines": own})
        rows += [{"portfolio": replayed.portfolio, **row} for row in own]
        for remark in replayed.remarks:
            call.note(f"{replayed.portfolio}: {remark}")
        for why, each in causes.items():
            call.note(f"{replayed.portfolio}: {each['lines']} lines {why}, cash {each['difference']} apart")
        for because, count in reasons.items():
            call.note(f"{replayed.portfolio}: {count} differ: {because}")
    columns, shown = _fitted(call, ("portfolio", *DIFFERENCE_COLUMNS), DIFFERENCE_FIRST, rows)
    call.answer(Answer(columns, shown, {"replayed": documents}, documents, empty="no lines to compare"))


def _traded(found: Comparison) -> list[RunResult]:
    """Only what was traded is compared with a backtest."""
    runs = [run for run in found.runs if run.portfolio is not None]
    if not runs:
        raise UsageError("--replayed compares a trading portfolio, such as paper, with a backtest; this is a backtest")
    return runs


def _fitted(
    call: Invocation, columns: Sequence[str], first: Sequence[str], rows: list[dict[str, Any]]
) -> tuple[Sequence[str], list[dict[str, Any]]]:
    """In a table what there is room for, in the digits that matter; elsewhere everything, to the digit."""
    if form_of(call) is not Format.TABLE:
        return columns, rows
    from fundarb.reporting.figures import Figure, fitting
    from fundarb.reporting.quantities import quantity

    shown = [
        {
            name: Figure(float(value), quantity(value)) if name in DIGITS and value is not None else value
            for name, value in row.items()
        }
        for row in rows
    ]
    return fitting(columns, first, shown, width()), shown


def _significant(call: Invocation, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if form_of(call) is not Format.TABLE:
        return rows
    from fundarb.reporting.figures import significant

    return [{name: significant(value) for name, value in row.items()} for row in rows]
