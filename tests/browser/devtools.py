"""The DevTools protocol over a pair of pipes: a call waits for its own answer and keeps the events that come meanwhile."""

from __future__ import annotations

import json
import os
import select
import time
from collections.abc import Callable
from typing import Any

PATIENCE_S = 60.0
Message = dict[str, Any]


class DevToolsError(Exception):
    """The browser refused a call, or does not answer any more."""


class Pipes:
    """Messages to and from a browser, each ended by a zero byte; for one thread."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading, self._writing = reading, writing
        self._left, self._number = b"", 0
        self.events: list[Message] = []

    def call(self, method: str, params: Message | None = None, session: str | None = None) -> Message:
        """The answer to a call."""
        self._number += 1
        number = self._number
        head: Message = {"id": number, "method": method, "params": params or {}}
        self._send({**head, **({} if session is None else {"sessionId": session})})
        answer = self._until(lambda message: message.get("id") == number, method)
        if "error" in answer:
            raise DevToolsError(f"{method}: {answer['error'].get('message')}")
        found: Message = answer.get("result", {})
        return found

    def wait(self, method: str, session: str) -> Message:
        """The next event of that name, or the first of those that came already; it is taken out of `events`."""

        def meant(message: Message) -> bool:
            return message.get("method") == method and message.get("sessionId") == session

        found = next(filter(meant, self.events), None)
        if found is None:
            found = self._until(meant, method)
        else:
            self.events.remove(found)
        return found

    def _until(self, wanted: Callable[[Message], bool], what: str) -> Message:
        ends = time.monotonic() + PATIENCE_S
        while True:
            message = self._next(ends, what)
            if wanted(message):
                return message
            if "method" in message:
                self.events.append(message)

    def _send(self, message: Message) -> None:
        left = json.dumps(message).encode() + b"\0"
        while left:
            left = left[os.write(self._writing, left) :]

    def _next(self, ends: float, what: str) -> Message:
        while b"\0" not in self._left:
            ready, _, _ = select.select([self._reading], [], [], max(0.0, ends - time.monotonic()))
            if not ready:
                raise DevToolsError(f"{what}: no answer within {PATIENCE_S:.0f} s")
            read = os.read(self._reading, 1 << 20)
            if not read:
                raise DevToolsError(f"{what}: the browser has ended")
            self._left += read
        text, _, self._left = self._left.partition(b"\0")
        message: Message = json.loads(text)
        return message
