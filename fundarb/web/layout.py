"""The frame of every page: head, contents, who is signed in; and the form that changes something, with its proof."""

from __future__ import annotations

import json

from starlette.requests import Request

from fundarb import __version__
from fundarb.reporting.page.markup import Content, Html, tag
from fundarb.web.assets import address
from fundarb.web.dashboard import dashboard

PAGES = {
    "/": "Now",
    "/signals": "Opportunities",
    "/data": "Data",
    "/runs": "Runs",
    "/backtest": "Backtest",
    "/settings": "Settings",
}
_HTMX = {
    "allowEval": False,
    "includeIndicatorStyles": False,
    "historyCacheSize": 0,
    "selfRequestsOnly": True,
    "responseHandling": [
        {"code": "204", "swap": False},
        {"code": "[23]..", "swap": True},
        {"code": "[45]..", "swap": True, "error": False},
    ],
}


def framed(request: Request, title: str, *content: Content, live: str | None = None) -> str:
    """A whole page; `live` is where it hears of what changes."""
    main = tag(
        "main",
        tag("div", id="trouble", role="alert"),
        *content,
        id="main",
        hx_ext=None if live is None else "ws",
        ws_connect=live,
    )
    body = tag("body", tag("a", "Skip to the page", href="#main", class_="skip"), _top(request, live), main, _footer())
    return f"<!doctype html>\n{tag('html', _head(title), body, lang='en')}\n"


def changing(request: Request, action: str, *content: Content, **attributes: str | None) -> Html:
    """A form that changes something; where nobody is signed in, the way to do so."""
    who = dashboard(request).door.who(request)
    if who is None:
        return tag("p", tag("a", "Sign in", href="/sign-in"), " with the token to change anything.", class_="note")
    proof = tag("input", type="hidden", name_="proof", value=who.proof)
    return tag("form", proof, *content, method="post", action=action, hx_post=action, **attributes)


def _head(title: str) -> Html:
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name_="color-scheme", content="light dark"),
        tag("meta", name_="htmx-config", content=json.dumps(_HTMX)),
        tag("title", f"{title} · fundarb"),
        tag("link", rel="icon", href="data:,"),
        [tag("link", rel="stylesheet", href=address(name)) for name in ("page.css", "dashboard.css")],
        tag("script", src=address("theme.js")),
        [tag("script", src=address(name), defer=True) for name in ("htmx.js", "htmx-ws.js", "dashboard.js")],
    )


def _top(request: Request, live: str | None) -> Html:
    here = f"/{request.url.path.strip('/').partition('/')[0]}"
    links = [tag("a", name, href=path, aria_current="page" if path == here else None) for path, name in PAGES.items()]
    heard = tag("span", "not live", id="wire", class_="wire", role="status") if live is not None else None
    theme = tag("button", "theme", type="button", class_="theme", hidden=True)
    return tag(
        "nav", tag("span", "fundarb", class_="brand"), links, tag("span", heard, theme, _signed(request), class_="who")
    )


def _signed(request: Request) -> Html:
    who = dashboard(request).door.who(request)
    if who is None:
        return tag("a", "sign in", href="/sign-in", class_="sign")
    proof = tag("input", type="hidden", name_="proof", value=who.proof)
    button = tag("button", "sign out", type="submit", class_="sign")
    return tag("form", proof, button, method="post", action="/sign-out", class_="inline")


def _footer() -> Html:
    words = f"fundarb {__version__}. Looking changes nothing in the store; trading goes on without this page."
    return tag("footer", tag("p", words))
