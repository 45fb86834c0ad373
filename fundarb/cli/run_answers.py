"""Runs as an answer, the same for `backtest` and `report`: the document, the one table that was asked for, the doubts."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from fundarb.cli import render
from fundarb.cli.forms import Format
from fundarb.cli.invocation import Invocation
from fundarb.cli.render import Answer
from fundarb.errors import UsageError

if TYPE_CHECKING:
    from fundarb.domain.result import RunResult
    from fundarb.research.comparison import Comparison

PARTS = ("pair", "reason", "month")
NARROW, WIDE = 80, 120


@dataclass(frozen=True, slots=True)
class Views:
    """What is to be shown of runs beside their figures: one table each, all of them in JSON."""

    trades: bool = False
    equity: bool = False
    funding: bool = False
    excluded: bool = False
    by: str | None = None

    @property
    def chosen(self) -> list[str]:
        """The options that were given."""
        return [f"--{one.name}" for one in fields(self) if getattr(self, one.name)]


def form_of(call: Invocation) -> Format:
    """The form the answer will have."""
    return call.given.format or render.default_format()


def width() -> int:
    """How wide a table may be: the terminal, else what a person reads at ease."""
    on_terminal = render.default_format() is Format.TABLE
    return shutil.get_terminal_size((NARROW if on_terminal else WIDE, 24)).columns


def require_one_table(call: Invocation, chosen: Sequence[str]) -> None:
    """CSV and tables show one of them; JSON holds them all."""
    if len(chosen) > 1 and form_of(call) in (Format.CSV, Format.TABLE):
        raise UsageError(f"{' and '.join(chosen)} are different tables; ask for one of them, or use --format json")


def show_runs(call: Invocation, found: Comparison, views: Views, *, plot: bool) -> None:
    """Answer with the runs; below a table draw what it is about, if a terminal shows it."""
    form = form_of(call)
    call.answer(runs_answer(found, views, form))
    if plot and form is Format.TABLE:
        show_plot(found, views)


def say_doubts(call: Invocation, found: Comparison, said: tuple[str, ...] = ()) -> None:
    """What not to believe about runs, on stderr; `said` are flags spoken of already."""
    from fundarb.reporting.doubts import doubts, exclusions

    for sentence in (*exclusions(found.runs, said), *doubts(found.runs, said)):
        call.note(sentence)


def show_plot(found: Comparison, views: Views) -> None:
    """Below the figures equity, below payments what they come to; on a terminal only."""
    from fundarb.reporting.charts.funding import payments_plot
    from fundarb.reporting.charts.terminal import equity_plot

    draw = {(): equity_plot, ("--funding",): payments_plot}.get(tuple(views.chosen))
    page = draw(found.runs, width()) if draw is not None and render.default_format() is Format.TABLE else ""
    if page:
        render.write_line(f"\n{page}")


def runs_answer(found: Comparison, views: Views, form: Format) -> Answer:
    """The runs as they are shown in this form."""
    from fundarb.reporting.run_document import runs_document

    document = runs_document(found.runs, found.benchmarks, trades=views.trades, equity=views.equity)
    for run, page in zip(found.runs, document["runs"], strict=True):
        page |= _more(run, views)
    columns, rows = _table(found, views, people=form is Format.TABLE)
    return Answer(columns, rows, document, document["runs"], empty="none")


def _more(run: RunResult, views: Views) -> dict[str, Any]:
    """What `report` adds to a run on request."""
    from fundarb.reporting.parts import part_document, parts
    from fundarb.reporting.payments import payments

    more: dict[str, Any] = {"funding": payments(run)} if views.funding else {}
    if views.by is not None:
        more["by"] = {views.by: [part_document(part, views.by) for part in parts(run, views.by)]}
    return more


Table = tuple[Sequence[str], list[dict[str, Any]]]


def _table(found: Comparison, views: Views, *, people: bool) -> Table:
    makers: dict[str, Callable[[Comparison], Table]] = {
        "--trades": _trades,
        "--equity": _equity,
        "--funding": _funding,
        "--excluded": _excluded,
        "--by": lambda found: _parts(found, views.by or ""),
    }
    if not views.chosen:
        return _figures(found, people=people)
    columns, rows = makers[views.chosen[0]](found)
    return (columns, _for_people(rows)) if people else (columns, rows)


def _figures(found: Comparison, *, people: bool) -> Table:
    from fundarb.reporting.figures import fitting
    from fundarb.reporting.run_document import EVERY_RUN_COLUMN, run_rows
    from fundarb.reporting.run_table import FIRST, TABLE_COLUMNS, run_table

    if not people:
        return EVERY_RUN_COLUMN, run_rows(found.roles())
    rows = run_table(found.roles())
    return fitting(TABLE_COLUMNS, FIRST, rows, width()), rows


def _trades(found: Comparison) -> Table:
    from fundarb.reporting.run_document import RUN_TRADE_COLUMNS, trade_rows

    return RUN_TRADE_COLUMNS, trade_rows(found.runs)


def _equity(found: Comparison) -> Table:
    from fundarb.reporting.run_document import EQUITY_COLUMNS, equity_rows

    return EQUITY_COLUMNS, equity_rows(found.runs)


def _funding(found: Comparison) -> Table:
    from fundarb.reporting.payments import RUN_PAYMENT_COLUMNS, payment_rows

    return RUN_PAYMENT_COLUMNS, payment_rows(found.runs)


def _excluded(found: Comparison) -> Table:
    from fundarb.reporting.doubts import EXCLUSION_COLUMNS, exclusion_rows

    return EXCLUSION_COLUMNS, exclusion_rows(found.runs)


def _parts(found: Comparison, by: str) -> Table:
    from fundarb.reporting.parts import PART_COLUMNS, part_document, parts

    rows = [
        {"run_id": run.run_id, "mode": run.mode, **part_document(part, by)}
        for run in found.runs
        for part in parts(run, by)
    ]
    return ("run_id", "mode", by, *PART_COLUMNS), rows


def _for_people(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Money rounded, run ids short."""
    from fundarb.reporting.run_table import rounded

    return [
        {name: rounded(name, value) if name != "run_id" else value[:8] for name, value in row.items()} for row in rows
    ]
