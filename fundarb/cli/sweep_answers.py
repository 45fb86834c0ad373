"""What `sweep` answers: a row a result, on a terminal the map and the folds below, and the verdict in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import TYPE_CHECKING

from fundarb.cli import render
from fundarb.cli.forms import Format
from fundarb.cli.invocation import Invocation
from fundarb.cli.render import Answer
from fundarb.cli.run_answers import form_of, width

if TYPE_CHECKING:
    from fundarb.domain.folds import WalkForward
    from fundarb.reporting.stored_sweep import StoredSweep
    from fundarb.research.search.answer import SweepAnswer

MOST_MAPPED = 20_000


def show_sweep(call: Invocation, answer: SweepAnswer, seconds: float) -> None:
    """Answer, and say what must not be missed: below a table, on stderr beside everything else."""
    people = form_of(call) is Format.TABLE
    call.answer(sweep_answer(answer, seconds, people=people))
    if people:
        _show_below(call, answer)
    for sentence in _sentences(answer, seconds):
        call.note(sentence)
    if not people:
        call.note(answer.verdict.words)


def show_stored_sweep(call: Invocation, sweep: StoredSweep, runs: Answer) -> None:
    """A stored sweep as it was answered, without the map, which takes all trials; in JSON beside its leaders' `runs`."""
    from fundarb.reporting.sweep_table import people_results, result_columns, result_rows

    people = form_of(call) is Format.TABLE
    if people:
        columns, rows = people_results(sweep.results, sweep.paths, sweep.metric, width())
    else:
        columns, rows = result_columns(sweep.paths), result_rows(sweep.results)
    document = {**(runs.document or {}), "sweep": sweep.document}
    call.answer(Answer(columns, rows, document, sweep.document["results"], empty="none"))
    if people:
        _show_folds(call, sweep.walk, sweep.to_ms)
        _show_page(_wrapped(sweep.words.splitlines()))
    else:
        call.note(sweep.words)


def sweep_answer(answer: SweepAnswer, seconds: float, *, people: bool) -> Answer:
    """The results as they are shown."""
    from fundarb.reporting.sweep_table import people_results, result_columns, result_rows
    from fundarb.research.search.answer import sweep_document

    document = sweep_document(answer, seconds)
    if people:
        columns, rows = people_results(answer.results, answer.paths, answer.metric, width())
    else:
        columns, rows = result_columns(answer.paths), result_rows(answer.results)
    return Answer(columns, rows, document, document["results"], empty="none")


def _show_below(call: Invocation, answer: SweepAnswer) -> None:
    """The map of the grid, the folds, the verdict."""
    from fundarb.reporting.heatmap import heatmap
    from fundarb.research.neighbourhood import LESS_IS_BETTER

    if answer.count <= MOST_MAPPED:
        less_is_better = answer.metric in LESS_IS_BETTER
        _show_page(heatmap(answer.trials, answer.scores, answer.metric, width(), less_is_better=less_is_better))
    _show_folds(call, answer.walk, answer.span.end_ms)
    _show_page(_wrapped(answer.verdict.words.splitlines()))


def _show_folds(call: Invocation, walk: WalkForward | None, to_ms: int) -> None:
    from fundarb.reporting.folds_table import folds_words, people_folds

    if walk is not None:
        render.write_line("")
        call.answer(Answer(*people_folds(walk, width())))
        _show_page(_wrapped(folds_words(walk, to_ms)))


def _show_page(page: str) -> None:
    if page:
        render.write_line(f"\n{page}")


def _wrapped(lines: Iterable[str]) -> str:
    """Sentences no wider than a table, items of a list hanging."""
    room = width()
    wrapped = (wrap(line, room, subsequent_indent="  " * line.startswith("- ")) for line in lines)
    return "\n".join(row for rows in wrapped for row in rows)


def _sentences(answer: SweepAnswer, seconds: float) -> Iterator[str]:
    ran = answer.count - answer.recalled
    rate = f"{ran / seconds:,.0f} a second" if seconds > 0 and ran else ""
    known = f", {answer.recalled:,} of them known already" if answer.recalled else ""
    left = f", {answer.skipped:,} refused by constraints or configuration" if answer.skipped else ""
    yield f"{answer.count:,} trials in {seconds:.1f} s in the {answer.lane} lane{known}{left}{f'; {rate}' if rate else ''}"
    if answer.largest_difference is not None:
        yield f"confirmed in the exact lane; largest difference {answer.largest_difference:.1e} of what was traded"
    if not answer.entries:
        yield (
            "no set ever entered a position: ask less to enter (`fundarb signals` shows rates and scores), or look at "
            "`fundarb backtest --format json`, which counts what the gate refused"
        )
