"""What runs now: the page, what changes on it, and the halt of entries."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.websockets import WebSocket

from fundarb.bootstrap.halting import halt, resume
from fundarb.errors import UsageError
from fundarb.reporting.page.markup import Html, tag
from fundarb.web.changing import Form, changed, signed_form
from fundarb.web.dashboard import Dashboard, dashboard
from fundarb.web.layout import changing, framed
from fundarb.web.live import Parts, follow
from fundarb.web.now_view import alarms_part, events_part, halted_part, portfolios_part, positions_part, state_part

router = APIRouter()
_LONGEST_REASON = 200


async def parts(shown: Dashboard) -> Parts:
    """The parts of the page that change, by their ids."""
    look = await shown.onlooker.look()
    return {
        "state": state_part(look),
        "alarms": alarms_part(look),
        "halted": halted_part(look.halt),
        "portfolios": portfolios_part(look),
        "positions": positions_part(look),
        "events": events_part(look),
    }


@router.get("/")
async def page(request: Request) -> Response:
    """The page as of now; the rest of its life it hears of changes."""
    found = await parts(dashboard(request))
    return HTMLResponse(
        framed(
            request,
            "Now",
            tag("header", found["state"]),
            found["alarms"],
            found["portfolios"],
            tag("section", tag("h2", "Positions"), found["positions"], aria_label="Positions"),
            tag("section", tag("h2", "Entries"), found["halted"], _halting(request), aria_label="Entries"),
            tag("section", tag("h2", "Events"), found["events"], aria_label="Events"),
            live="/live",
        )
    )


@router.websocket("/live")
async def live(socket: WebSocket) -> None:
    """What changes on the page."""
    shown = dashboard(socket)
    await follow(socket, lambda: parts(shown))


@router.post("/halt")
async def stop_entries(request: Request, form: Annotated[Form, Depends(signed_form)]) -> Response:
    """As `fundarb halt`."""
    reason = form.get("reason") or "by hand, on the dashboard"
    if len(reason) > _LONGEST_REASON or not reason.isprintable():
        raise UsageError(f"the reason has {len(reason)} signs; at most {_LONGEST_REASON} on one line")
    found = await halt(dashboard(request).sources.database, _names(form), reason)
    return changed(request, "/", halted_part(found.halt))


@router.post("/resume")
async def let_through(request: Request, form: Annotated[Form, Depends(signed_form)]) -> Response:
    """As `fundarb resume`."""
    sources = dashboard(request).sources
    found = await resume(sources.database, _names(form), sources.resolve(), sources.keys)
    return changed(request, "/", halted_part(found.halt))


def _names(form: Form) -> list[str]:
    """The pairs that were named; none is all."""
    return [name for name in form.get("pairs", "").replace(",", " ").split() if name]


def _halting(request: Request) -> Html:
    pairs = tag("label", "Pairs", tag("input", name_="pairs", placeholder="all", autocomplete="off", maxlength="400"))
    reason = tag("label", "Reason", tag("input", name_="reason", placeholder="by hand", maxlength=str(_LONGEST_REASON)))
    stop = tag("button", "Halt entries", type="submit", id="halt", class_="stop")
    again = tag(
        "button", "Resume", type="submit", id="resume", formaction="/resume", hx_post="/resume", hx_target="#halted",
        hx_swap="outerHTML", hx_include="closest form",
    )  # fmt: skip
    buttons = tag("span", stop, again, class_="buttons")
    return changing(request, "/halt", pairs, reason, buttons, hx_target="#halted", hx_swap="outerHTML", class_="row")
