"""The opportunity table: what `signals` prints, as a page, renewed while it is open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from fundarb.bootstrap.outlook import Asked, find_outlook
from fundarb.reporting.charts.funding import recent_rates
from fundarb.reporting.opportunities import opportunities, opportunity_document
from fundarb.reporting.opportunity_table import people_rows
from fundarb.reporting.page.markup import Html, tag
from fundarb.reporting.page.tables import table
from fundarb.reporting.short_names import short_pairs
from fundarb.research.comparison import read_modes
from fundarb.signals.composite import COMPONENTS
from fundarb.strategy.params import MODES, Mode
from fundarb.web.dashboard import Dashboard, dashboard
from fundarb.web.layout import framed
from fundarb.web.moments import minute

router = APIRouter()
SHOWN = 100
_COLUMNS = (
    *("pair", "does", "reason", "score", "rate_8h", "apr", "rates", "forecast", "expected_net_bp"),
    *COMPONENTS,
    "flags",
)
_TITLES = {"rate_8h": "rate 8h", "expected_net_bp": "net bp", "apr": "a year", "rates": "last rates"}


@router.get("/signals")
async def page(request: Request, mode: str = "") -> Response:
    """The table as the configured mode sees it, or another."""
    shown = dashboard(request)
    default = shown.sources.resolve().settings.strategy.mode
    chosen = read_modes(mode or None, default)[0]
    found = await shown.offers.of(chosen, lambda: _table(shown, chosen))
    if "hx-request" in request.headers:
        return HTMLResponse(found)
    links = [
        tag("a", name, href=f"/signals?mode={name}", aria_current="page" if name == chosen else None) for name in MODES
    ]
    every = {"hx_get": f"/signals?mode={chosen}", "hx_trigger": "every 15s", "hx_swap": "innerHTML"}
    table_part = tag("div", found, id="offers", **every)
    return HTMLResponse(
        framed(request, "Opportunities", tag("h1", "Opportunities"), tag("p", links, class_="modes"), table_part)
    )


async def _table(shown: Dashboard, mode: Mode) -> Html:
    """Everything `signals` says, its notes too; what is held is what is held now."""
    notes: list[str] = []
    outlook = await find_outlook(shown.sources.database, shown.sources.resolve(), Asked((), mode), notes.append)
    held = {one.pair for each in (await shown.onlooker.look()).scene.portfolios for one in each.positions}
    found = opportunities(outlook)
    best = [replace(row, held=row.pair in held) for row in found[:SHOWN]]
    rows = people_rows(list(map(opportunity_document, best)), partial(recent_rates, outlook.panel))
    names = short_pairs([row["pair"] for row in rows])
    cells = [{**row, **_words(row), "pair": names[row["pair"]]} for row in rows]
    count = f"{len(rows)} of {len(found)} pairs" if len(rows) < len(found) else f"{len(rows)} pairs"
    lead = f"{count} as {outlook.mode} sees them, from what was known at {minute(outlook.at_ms)} UTC."
    said = [tag("p", words, class_="hint") for words in notes]
    whole = table(_COLUMNS, cells, "What each pair offers, and why it is taken or left", titles=_TITLES)
    return tag("div", tag("p", lead, class_="lead"), said, whole)


def _words(row: Mapping[str, Any]) -> dict[str, str]:
    return {"does": _does(row), "reason": " ".join(row["reason"].split())}


def _does(row: Mapping[str, Any]) -> str:
    """What the mode would do, in a word."""
    if row["held"]:
        return "leave" if row["exit"] else "held"
    return "enter" if row["enter"] else "-"
