"""Signing in with the token, and out again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from fundarb.reporting.page.markup import tag
from fundarb.web.changing import Form, read_form, signed_form
from fundarb.web.dashboard import dashboard
from fundarb.web.guard import SIGN_IN
from fundarb.web.layout import framed
from fundarb.web.refusals import Turned
from fundarb.web.token import LASTING_S

router = APIRouter()


@router.get(SIGN_IN)
async def ask(request: Request) -> Response:
    """The form."""
    label = tag(
        "label", "Token", tag("input", type="password", name_="token", autocomplete="current-password", autofocus=True)
    )
    form = tag("form", label, tag("button", "Sign in", type="submit"), method="post", action=SIGN_IN, class_="stack")
    lead = tag("p", "`fundarb dashboard` printed the token when it started, unless you gave it one.", class_="lead")
    return HTMLResponse(framed(request, "Sign in", tag("h1", "Sign in"), lead, form))


@router.post(SIGN_IN)
async def enter(request: Request) -> Response:
    """Back to the first page with a sign-in, or turned away."""
    door, form = dashboard(request).door, await read_form(request)
    made = door.keeper.sign_in(form.get("token", ""))
    if made is None and door.keeper.wearied:
        raise Turned(429, "that is not the token, as many before it within a minute: somebody may be guessing")
    if made is None:
        raise Turned(403, "that is not the token; the first lines that `fundarb dashboard` printed have it")
    answer = RedirectResponse("/", 303)
    secure = request.headers.get("origin", "").startswith("https:")
    answer.set_cookie(
        door.cookie, made.name, max_age=int(LASTING_S), httponly=True, samesite="strict", path="/", secure=secure
    )
    return answer


@router.post("/sign-out")
async def leave(request: Request, _: Annotated[Form, Depends(signed_form)]) -> Response:
    """The sign-in opens nothing any more."""
    door = dashboard(request).door
    who = door.who(request)
    if who is not None:
        door.keeper.sign_out(who.name)
    answer = RedirectResponse("/", 303)
    answer.delete_cookie(door.cookie, path="/", httponly=True, samesite="strict")
    return answer
