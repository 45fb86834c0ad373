"""What was asked and how it ended: counts for whoever measures, and the newest requests one by one."""

from __future__ import annotations

from collections import Counter, deque
from typing import Any, NamedTuple

from fundarb.sandbox.replies import Delivery, Reply

KEPT = 10_000


class Logged(NamedTuple):
    """One request and its outcome: the HTTP status with its retCode (`200/0`), or what the transport did."""

    method: str
    path: str
    query: str
    venue_ms: int
    outcome: str


class RequestLog:
    """Counts by path and by outcome since the start, and the newest requests."""

    def __init__(self) -> None:
        self.newest: deque[Logged] = deque(maxlen=KEPT)
        self._paths: Counter[str] = Counter()
        self._outcomes: Counter[str] = Counter()

    def note(self, method: str, path: str, query: str, venue_ms: int, reply: Reply) -> None:
        """Count one request."""
        entry = Logged(method, path, query, venue_ms, outcome_of(reply))
        self.newest.append(entry)
        self._paths[path] += 1
        self._outcomes[entry.outcome] += 1

    def counts(self) -> dict[str, Any]:
        """The totals, as `GET /sandbox/requests` tells them."""
        return {"total": self._paths.total(), "paths": dict(self._paths), "outcomes": dict(self._outcomes)}


def outcome_of(reply: Reply) -> str:
    """A reply in a word."""
    if reply.delivery is not Delivery.WHOLE:
        return str(reply.delivery.value)
    return str(reply.status) if reply.code is None else f"{reply.status}/{reply.code}"
