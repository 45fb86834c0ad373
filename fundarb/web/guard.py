"""Before any page: is the request meant for us, does it come from us where it changes anything, and may it look at all?

Reading is free on loopback and needs a sign-in elsewhere; what changes anything needs one everywhere, and the proof that
stands in the form beside it, which is looked for where the form is read (`web/changing.py`)."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from fundarb.web.origins import Origins
from fundarb.web.token import Doorkeeper, SignIn

SIGN_IN = "/sign-in"
STATIC = "/static/"
_READING = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Door:
    """Who may do what; `cookie` is the name a sign-in travels under, one a port, because cookies know no ports."""

    keeper: Doorkeeper
    origins: Origins
    cookie: str

    @property
    def shut(self) -> bool:
        """Whether even reading needs a sign-in."""
        return self.origins.beyond

    def who(self, connection: HTTPConnection) -> SignIn | None:
        """The sign-in of a request."""
        return self.keeper.known(connection.cookies.get(self.cookie))


class Guard:
    """Wraps an application."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app, self._door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer it here."""
        refusal = None if scope["type"] == "lifespan" else self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "refused"})
        else:
            await refusal(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers, live = Headers(scope=scope), scope["type"] == "websocket"
        host = headers.get("host")
        if not self._door.origins.hosts(host):
            return PlainTextResponse(f"this dashboard is not called {(host or '')[:80]!r}; --name adds a name\n", 421)
        changes = live or scope["method"] not in _READING
        if changes and not self._door.origins.own(headers.get("origin"), host):
            return PlainTextResponse("refused: the request does not come from a page of this dashboard\n", 403)
        if self._door.shut and not self._open(scope["path"]) and self._door.who(HTTPConnection(scope)) is None:
            return RedirectResponse(SIGN_IN, 303)
        return None

    def _open(self, path: str) -> bool:
        """What is needed to sign in, and holds nothing."""
        return path == SIGN_IN or path.startswith(STATIC)
