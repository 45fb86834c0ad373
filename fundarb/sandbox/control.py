"""`/sandbox/…`: clients move the clock, set faults and read what was fired and asked. No limit and no fault applies here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from fundarb.domain.instants import iso
from fundarb.errors import ConfigError
from fundarb.sandbox.clock import SteppedClock, VenueClock
from fundarb.sandbox.faults.book import FaultBook
from fundarb.sandbox.faults.reading import rules_of
from fundarb.sandbox.market.source import HORIZON_MS
from fundarb.sandbox.replies import Reply, json_reply
from fundarb.sandbox.request_log import RequestLog
from fundarb.sandbox.routing import Asked

PREFIX: Final = "/sandbox/"


class _Bad(Exception):
    """A body that does not say what the path wants."""


class Control:
    """Answers the control paths."""

    def __init__(self, clock: VenueClock, faults: FaultBook, log: RequestLog, changed: Callable[[], None]) -> None:
        self._clock, self._faults, self._log, self._changed = clock, faults, log, changed
        self._paths: dict[tuple[str, str], Callable[[Asked], Mapping[str, Any]]] = {
            ("GET", "/sandbox/clock"): self._tell_clock,
            ("POST", "/sandbox/clock"): self._step,
            ("GET", "/sandbox/faults"): self._tell_faults,
            ("POST", "/sandbox/faults"): self._set_faults,
            ("GET", "/sandbox/requests"): self._tell_requests,
        }

    def serves(self, asked: Asked) -> bool:
        """Whether this is asked of one of the paths here."""
        return (asked.method, asked.path) in self._paths

    def answer(self, asked: Asked) -> Reply:
        """The document, or what is wrong with the request."""
        try:
            return json_reply(200, self._paths[asked.method, asked.path](asked))
        except (_Bad, ConfigError) as error:
            return json_reply(400, {"error": str(error)})

    def _tell_clock(self, _asked: Asked) -> Mapping[str, Any]:
        return {"now": self._clock.now_ms(), "clock": self._clock.announced()}

    def _step(self, asked: Asked) -> Mapping[str, Any]:
        """Move a stepped clock; a running one keeps its own time."""
        document = _document(asked)
        to_ms = document.get("to") if isinstance(document, dict) else None
        if not isinstance(to_ms, int) or isinstance(to_ms, bool) or not 0 <= to_ms <= HORIZON_MS:
            raise _Bad(f'write {{"to": MILLISECONDS}}, a time up to {iso(HORIZON_MS)} ({HORIZON_MS})')
        if not isinstance(self._clock, SteppedClock):
            raise _Bad(f"this clock runs at {self._clock.announced()}; only --speed step is moved by its clients")
        self._clock.step_to(to_ms)
        self._changed()
        return self._tell_clock(asked)

    def _tell_faults(self, _asked: Asked) -> Mapping[str, Any]:
        return {"faults": [tally.told() for tally in self._faults.tallies]}

    def _set_faults(self, asked: Asked) -> Mapping[str, Any]:
        """Replace all faults; a list, or an object holding it under `faults`."""
        self._faults.replace(rules_of(_document(asked), "the body"))
        self._changed()
        return self._tell_faults(asked)

    def _tell_requests(self, _asked: Asked) -> Mapping[str, Any]:
        return self._log.counts()


def _document(asked: Asked) -> Any:
    try:
        return orjson.loads(asked.body)
    except orjson.JSONDecodeError as error:
        raise _Bad(f"the body is no JSON: {error}") from None
