"""Stored runs and sweeps, and the page of each: that of `report --html`, which can ask this dashboard nothing."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from fundarb.bootstrap.stored_pages import StoredGroup, page_of, stored_groups
from fundarb.errors import DataError, UsageError
from fundarb.ports.runs import RunSummary
from fundarb.reporting.figures import amount
from fundarb.reporting.page.markup import Html, tag
from fundarb.web.dashboard import dashboard
from fundarb.web.headers import REPORT_POLICY
from fundarb.web.layout import framed
from fundarb.web.moments import minute
from fundarb.web.refusals import Turned

router = APIRouter()
_COLUMNS = ("run", "role", "mode", "from", "to", "net", "trades")
_LONGEST_NAME = 100
_making = asyncio.Lock()


@router.get("/runs")
async def listed(request: Request) -> Response:
    """Every group, the newest first."""
    database = dashboard(request).sources.database
    groups = await asyncio.to_thread(lambda: asyncio.run(stored_groups(database)))  # the answer of a sweep is large
    lead = "What backtests and sweeps found, the newest first. Each opens as a page with pictures."
    content: list[Html] = [_group(one) for one in groups]
    if not groups:
        content = [tag("p", "No runs are stored yet: ", tag("a", "start a backtest", href="/backtest"), ".")]
    return HTMLResponse(framed(request, "Runs", tag("h1", "Runs"), tag("p", lead, class_="lead"), content))


@router.get("/runs/{name}")
async def shown(request: Request, name: str) -> Response:
    """One of them, or a portfolio such as paper."""
    if find_spec("plotly") is None:
        raise Turned(503, "pictures need plotly, which is not installed; `pip install 'fundarb[plots]'` brings it")
    if len(name) > _LONGEST_NAME:
        raise Turned(404, f"a name of {len(name)} signs is none of a run")
    database = dashboard(request).sources.database
    try:
        async with _making:  # one at a time, in a thread: pictures take a while, and what is live goes on
            page = await asyncio.to_thread(asyncio.run, page_of(database, name))
    except (UsageError, DataError) as error:
        raise Turned(404, str(error)) from None
    return HTMLResponse(page, headers={"Content-Security-Policy": REPORT_POLICY})


def _group(group: StoredGroup) -> Html:
    first = group.lines[0]
    kind = "Sweep" if group.verdict is not None else "Backtest"
    title = tag("h2", tag("a", f"{kind} {group.group_id}", href=f"/runs/{group.group_id}"))
    when = tag("p", f"stored {minute(first.stored_ms)} UTC", class_="hint")
    verdict = None if group.verdict is None else tag("p", group.verdict, class_="verdict")
    head = tag("thead", tag("tr", [tag("th", name, scope="col", class_=_side(name)) for name in _COLUMNS]))
    body = tag("tbody", [tag("tr", _cells(line), class_=line.role) for line in group.lines])
    caption = tag("caption", f"Runs of {kind.lower()} {group.group_id}")
    whole = tag("div", tag("table", caption, head, body), class_="scroll", tabindex="0", role="region", aria_label=kind)
    return tag("section", title, when, verdict, whole, data_group=group.group_id)


def _cells(line: RunSummary) -> list[Html]:
    net = str(amount(line.net))
    told: dict[str, Any] = {
        "role": line.role,
        "mode": line.mode,
        "from": minute(line.from_ms),
        "to": minute(line.to_ms),
        "net": net,
        "trades": str(line.trades),
    }
    name = tag("th", tag("a", line.run_id[:12], href=f"/runs/{line.run_id}"), scope="row")
    lost = net.startswith("-")
    return [
        name,
        *(tag("td", text, class_="n loss" if key == "net" and lost else _side(key)) for key, text in told.items()),
    ]


def _side(name: str) -> str | None:
    return "n" if name in ("net", "trades") else None
