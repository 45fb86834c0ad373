"""One tab of a real browser: opened, looked at, clicked, typed into; what it complained about is kept in `errors`."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.browser.devtools import DevToolsError, Message, Pipes

WIDE, PHONE = (1400, 900), (390, 844)
_KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, "Space": 32}
_BAD_STATUS = 400


class Page:
    """A tab. Selectors are CSS; every wait ends with the browser's own word or an error, never with a guess."""

    def __init__(self, pipes: Pipes, target: str, session: str) -> None:
        self._pipes, self.target, self._session = pipes, target, session
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> Message:
        """Any call of the protocol, to this tab."""
        return self._pipes.call(method, params, self._session)

    def resize(self, width: int, height: int, *, dark: bool = False, media: str = "") -> None:
        """Give the window a size, its reader a taste, and the page a medium other than the one in use (`print`)."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        taste = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", media=media, features=[taste])

    def open(self, address: str | Path) -> None:
        """Go there (a path is a file) and wait until it is loaded."""
        where = address.resolve().as_uri() if isinstance(address, Path) else address
        answer = self.call("Page.navigate", url=where)
        if answer.get("errorText"):
            raise DevToolsError(f"{where}: {answer['errorText']}")
        self._pipes.wait("Page.loadEventFired", self._session)

    def arrive(self) -> None:
        """Wait until the page that a click or a key led to is loaded."""
        self._pipes.wait("Page.loadEventFired", self._session)

    def ask(self, expression: str) -> Any:
        """The value of an expression of JavaScript; a promise is awaited."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise DevToolsError(f"{expression}: {_words(answer['exceptionDetails'])}")
        return answer["result"].get("value")

    def wait(self, expression: str, patience_ms: int = 30_000) -> Any:
        """The first value of the expression that is true; the page itself looks at every frame."""
        return self.ask(
            f"""new Promise((done, failed) => {{
              const ends = performance.now() + {patience_ms};
              const look = () => {{
                const value = ({expression});
                if (value) done(value);
                else if (performance.now() > ends) failed(new Error('not true within {patience_ms} ms'));
                else setTimeout(look, 10);
              }};
              look();
            }})"""
        )

    def text(self, selector: str) -> str:
        """What a person reads there."""
        return str(self.ask(f"document.querySelector({json.dumps(selector)}).innerText"))

    def click(self, selector: str) -> None:
        """Press the mouse in the middle of it, once it is there."""
        found = json.dumps(selector)
        self.wait(f"document.querySelector({found}) !== null")
        self.ask(f"document.querySelector({found}).scrollIntoView({{block: 'center', behavior: 'instant'}})")
        box = self.ask(
            f"(() => {{ const b = document.querySelector({found}).getBoundingClientRect();"
            " return [b.x + b.width / 2, b.y + b.height / 2] })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self.call("Input.insertText", text=text)

    def press(self, key: str) -> None:
        """Press a key: Tab, Enter, Escape, Space."""
        code = _KEYS[key]
        text = {"Enter": "\r", "Space": " "}.get(key, "")
        named = {"key": " " if key == "Space" else key, "code": key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **named)
        self.call("Input.dispatchKeyEvent", type="keyUp", **named)

    def screenshot(self, file: Path, *, whole: bool = False) -> Path:
        """What is seen now, as PNG; `whole` takes the page to its end."""
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole, **self._clip(whole))
        file.write_bytes(base64.b64decode(shot["data"]))
        return file

    def _clip(self, whole: bool) -> Message:
        if not whole:
            return {}
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        return {"clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}}

    @property
    def errors(self) -> list[str]:
        """What the page complained about so far: its console, exceptions, requests that failed or were refused."""
        self.ask("0")  # what came before this answer has come by now
        own = (one for one in self._pipes.events if one.get("sessionId") == self._session)
        return [words for one in own for words in _complaints(one["method"], one["params"])]

    @property
    def requested(self) -> list[str]:
        """Every address the page asked for, its own among them."""
        self.ask("0")
        return [
            one["params"]["request"]["url"]
            for one in self._pipes.events
            if one["method"] == "Network.requestWillBeSent" and one.get("sessionId") == self._session
        ]


def _complaints(method: str, params: Message) -> Iterator[str]:
    if method == "Runtime.exceptionThrown":
        yield _words(params["exceptionDetails"])
    elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
        yield " ".join(str(one.get("value", one.get("description"))) for one in params["args"])
    elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
        yield f"{params['entry']['text']} {params['entry'].get('url', '')}".strip()
    elif method == "Network.loadingFailed" and not params.get("canceled"):
        yield f"a request failed: {params['errorText']}"
    elif method == "Network.responseReceived" and params["response"]["status"] >= _BAD_STATUS:
        yield f"{params['response']['status']} {params['response']['url']}"


def _words(details: Message) -> str:
    return str(details.get("exception", {}).get("description") or details["text"])
