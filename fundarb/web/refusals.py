"""Errors as pages: what a command would say on stderr, with the status that fits; what nobody foresaw is for the log."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fundarb.errors import (
    ConfigError,
    DataError,
    FundarbError,
    LockHeld,
    RiskHalt,
    UnknownPair,
    UsageError,
    VenueError,
)
from fundarb.reporting.page.markup import Html, tag, together
from fundarb.web.layout import framed

_STATUS: tuple[tuple[type[FundarbError], int], ...] = (
    (UnknownPair, 422),
    (UsageError, 422),
    (ConfigError, 422),
    (RiskHalt, 409),
    (LockHeld, 409),
    (DataError, 409),
    (VenueError, 502),
)
_TITLES = {
    401: "Sign in first",
    403: "Refused",
    404: "No such page",
    405: "Not so",
    409: "Not now",
    413: "Too much",
    422: "That cannot be",
    429: "Too often",
    502: "The venue does not answer",
    503: "Not installed",
}
_log = logging.getLogger("fundarb.web")


class Turned(Exception):
    """A request that is turned away, with its status and words for the person."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status, self.words = status, words


def status_of(error: FundarbError) -> int:
    """The status that fits an error."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


async def turned(request: Request, error: Exception) -> Response:
    """The answer to a request that was turned away."""
    assert isinstance(error, Turned), "registered for these"
    return refusal(request, error.status, error.words)


async def foreseen(request: Request, error: Exception) -> Response:
    """The answer where a command would have ended with these words."""
    assert isinstance(error, FundarbError), "registered for these"
    return refusal(request, status_of(error), str(error))


async def missing(request: Request, error: Exception) -> Response:
    """The answer to a path that leads nowhere, or is not to be asked so."""
    status = getattr(error, "status_code", 404)
    words = f"{request.url.path}: nothing is here" if status == 404 else f"{request.method} is not for this page"
    return refusal(request, status, words)


def unforeseen(what: str, error: Exception) -> str:
    """What is said of what nobody foresaw: no word of its own, which goes to the log."""
    _log.error("%s failed", what, exc_info=error)
    return f"unexpected failure: {type(error).__name__}; the log of the dashboard says more"


class Unbroken:
    """Wraps an application: what nobody foresaw becomes a page like any other."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer where the application failed to begin its answer."""
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:
            if scope["type"] != "http" or begun:
                raise
            request = Request(scope)
            answer = refusal(request, 500, unforeseen(f"{request.method} {request.url.path}", error))
            await answer(scope, receive, send)


def refusal(request: Request, status: int, words: str) -> Response:
    """A page of its own; for a part of a page, words in the place that is kept for them."""
    if "hx-request" in request.headers:
        headers = {"HX-Retarget": "#trouble", "HX-Reswap": "outerHTML"}
        return HTMLResponse(trouble(words), status, headers)
    title = _TITLES.get(status, "Something went wrong")
    return HTMLResponse(framed(request, title, tag("h1", title), tag("p", _lines(words), class_="lead")), status)


def trouble(words: str = "") -> Html:
    """The place for what was refused."""
    return tag("div", _lines(words) if words else "", id="trouble", role="alert", hx_swap_oob="true")


def _lines(words: str) -> Html:
    """Line by line."""
    return together(*([line, tag("br")] for line in words.splitlines()))
