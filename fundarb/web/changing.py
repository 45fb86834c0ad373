"""The form of a request that changes something: small, from someone who signed in, with the proof that our own page gave."""

from __future__ import annotations

from hmac import compare_digest
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from fundarb.reporting.page.markup import Html, together
from fundarb.web.dashboard import dashboard
from fundarb.web.refusals import Turned, trouble

Form = dict[str, str]
_LARGEST = 64 * 1024
_FIELDS = 100


async def read_form(request: Request) -> Form:
    """The fields as they were typed, without the blanks around; several of one name joined by commas."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST:
            raise Turned(413, f"a form of more than {_LARGEST:,} bytes is none of ours")
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_FIELDS)
    except ValueError:
        raise Turned(422, "the form cannot be read; reload the page and try again") from None
    form: Form = {}
    for name, value in pairs:
        form[name] = f"{form[name]},{value.strip()}" if name in form else value.strip()
    return form


async def signed_form(request: Request) -> Form:
    """The form of someone who may change things, without its proof."""
    who = dashboard(request).door.who(request)
    if who is None:
        raise Turned(401, "sign in with the token first: nothing was changed")
    form = await read_form(request)
    if not compare_digest(form.pop("proof", "").encode(), who.proof.encode()):
        raise Turned(403, "this form is not one that the dashboard gave to you; reload the page and try again")
    return form


def changed(request: Request, back: str, *parts: Html) -> Response:
    """What is other now: as parts of the page for htmx, else the page itself."""
    if "hx-request" in request.headers:
        return HTMLResponse(together(*parts, trouble()))
    return RedirectResponse(back, 303)
