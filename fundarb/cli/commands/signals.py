"""`signals`: what each pair offers at one moment, what a mode would do with it, and why."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fundarb.cli import render
from fundarb.cli.forms import Format
from fundarb.cli.invocation import Invocation, invocation
from fundarb.cli.numbers import whole
from fundarb.cli.render import Answer
from fundarb.cli.run_answers import form_of, width
from fundarb.errors import UsageError

if TYPE_CHECKING:
    from fundarb.reporting.outlook import Outlook
    from fundarb.strategy.params import Mode

TOP = 20


Pairs = Annotated[
    list[str] | None, typer.Argument(metavar="PAIRS", help="Only these; without, every pair with settlements.")
]
OneMode = Annotated[
    str | None,
    typer.Option("--mode", metavar="MODE", help="simple, composite, band, hold or cash. Default: strategy.mode."),
]
At = Annotated[
    str | None, typer.Option("--at", metavar="TIME", help="As known then. Default: the newest settlement or close.")
]
Top = Annotated[
    int | None,
    typer.Option("--top", metavar="N", parser=whole(1), help=f"How many rows. Default: {TOP}; of named pairs, all."),
]
Explain = Annotated[
    str | None, typer.Option("--explain", metavar="PAIR", help="Every number behind the decision on one pair.")
]
Rates = Annotated[
    bool, typer.Option("--plot/--no-plot", help="Draw the rates of an explained pair, on a terminal only.")
]


async def run(
    ctx: typer.Context,
    pairs: Pairs = None,
    mode: OneMode = None,
    at: At = None,
    top: Top = None,
    explain: Explain = None,
    plot: Rates = True,
) -> None:
    """Show the opportunity table: rates, signals, score, what the mode would do, and the reason in words.

    Nothing later than --at is known to it. Pairs to enter come first. forecast is in basis points per 8 h;
    expected_net_bp is what it would earn in 15 days beyond the round trip and the price of idle capital;
    break_even_settlements is how many settlements at the last rate pay the round trip.
    """
    from fundarb.bootstrap.outlook import Asked, find_outlook

    call = invocation(ctx)
    _refuse_contradictions(pairs, explain)
    resolved = call.resolve()
    call.warn(resolved)
    asked = Asked(pairs or [], _one_mode(mode, resolved.settings.strategy.mode), at, explain)
    outlook = await find_outlook(call.database, resolved, asked, call.note)
    if explain is not None:
        call.answer(_explained(outlook, explain, form_of(call)))
        if plot:
            _show_rates(call, outlook, explain)
    else:
        call.answer(_table(call, outlook, top or (None if pairs else TOP)))


def _refuse_contradictions(pairs: list[str] | None, explain: str | None) -> None:
    if pairs and not any(name.strip(" ,") for name in pairs):
        raise UsageError("no pair is named; leave PAIRS out to see every stored pair with settlements")
    if explain is not None and (not explain.strip() or "," in explain):
        raise UsageError(f"--explain {explain!r}: one pair, as in --explain BTC")
    if explain is not None and pairs:
        raise UsageError("--explain names its pair itself; leave out the others")


def _one_mode(mode: str | None, default: Mode) -> Mode:
    from fundarb.research.comparison import read_modes

    modes = read_modes(mode, default)
    if len(modes) > 1:
        raise UsageError(f"--mode {mode}: one mode at a time")
    return modes[0]


def _table(call: Invocation, outlook: Outlook, top: int | None) -> Answer:
    """The document, and its rows flat."""
    from fundarb.domain.instants import iso
    from fundarb.reporting import opportunity_table as table
    from fundarb.reporting.charts.funding import recent_rates
    from fundarb.reporting.opportunities import opportunities, opportunity_document

    found = opportunities(outlook)
    rows = [opportunity_document(row) for row in found[:top]]
    if len(rows) < len(found):
        call.note(f"{len(rows)} of {len(found)} pairs; --top {len(found)} shows all")
    document: dict[str, Any] = {"at": iso(outlook.at_ms), "mode": outlook.mode, "rows": rows}
    if form_of(call) is not Format.TABLE:
        return Answer(table.COLUMNS, table.flat_rows(rows), document, rows)
    call.note(f"at {document['at']}, mode {outlook.mode}")
    shown = table.people_rows(rows, partial(recent_rates, outlook.panel))
    return Answer(table.fitting_columns(shown, width()), shown, document, rows)


def _explained(outlook: Outlook, name: str, form: Format) -> Answer:
    """The row of one pair as the table has it, and every number behind it."""
    from fundarb.domain.instants import iso
    from fundarb.domain.naming import resolve_pair
    from fundarb.reporting.explanation import EXPLANATION_COLUMNS, explanation
    from fundarb.reporting.figures import significant
    from fundarb.reporting.opportunities import opportunities, opportunity_document

    symbol = resolve_pair(name, outlook.panel.pairs)
    row = next(one for one in opportunities(outlook) if one.pair == symbol)
    numbers = [number.document() for number in explanation(outlook, row)]
    document = {"at": iso(outlook.at_ms), "mode": outlook.mode, "rows": [opportunity_document(row)], "explain": numbers}
    rows = [{**one, "value": significant(one["value"])} for one in numbers] if form is Format.TABLE else numbers
    return Answer(EXPLANATION_COLUMNS, rows, document, numbers)


def _show_rates(call: Invocation, outlook: Outlook, name: str) -> None:
    """The rates of the last days, where there is a terminal to draw on."""
    from fundarb.domain.naming import resolve_pair
    from fundarb.reporting.charts.funding import rates_plot

    if form_of(call) is Format.TABLE and render.default_format() is Format.TABLE:
        page = rates_plot(outlook.panel, resolve_pair(name, outlook.panel.pairs), width())
        if page:
            render.write_line(f"\n{page}")
