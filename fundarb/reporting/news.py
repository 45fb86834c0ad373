"""Which events are news for someone away from the screen, and under which name of `notify.events` they are asked for.

What was refused is told when it is first refused since the last time nothing was: a full house is news once."""

from __future__ import annotations

import json
from collections.abc import Iterator

from fundarb.ports.journal import Event
from fundarb.reporting.event_words import event_document, sentence

NAMES = {
    "opened": "opened",
    "closed": "closed",
    "liquidated": "closed",
    "delisted": "closed",
    "reduced": "closed",
    "leaving": "closed",
    "guarded": "guarded",
    "margin_added": "guarded",
    "margin_lacking": "unhedged",
    "funding": "funding",
    "flipped": "funding",
    "unhedged": "unhedged",
    "hedged": "unhedged",
    "differs": "unhedged",
    "healed": "healed",
    "agreed": "healed",
    "refused": "refused",
    "halted": "halted",
    "resumed": "halted",
    "flattened": "halted",
    "left_open": "halted",
    "unbooked": "funding",
    "outage": "outage",
    "back": "outage",
    "breaker": "outage",
    "unsure": "outage",
    "started": "started",
    "stopped": "started",
    "mode": "started",
    "configured": "started",
    "config_refused": "started",
}


class News:
    """Follows the events of one process."""

    def __init__(self) -> None:
        self._counted: dict[str, dict[str, int]] = {}
        self._refusing: dict[str, frozenset[str]] = {}

    def of(self, event: Event) -> Iterator[tuple[str, str]]:
        """(name, words) of what is to be told of it."""
        if event.name == "cycle":
            yield from self._refused(event)
        elif event.name in NAMES:
            yield NAMES[event.name], _words(event)

    def _refused(self, event: Event) -> Iterator[tuple[str, str]]:
        """Reasons for which this cycle refused something and the one before it nothing."""
        portfolio = event.portfolio or ""
        counts = dict(json.loads(event.data or "{}")["tally"][3])
        before = self._counted.get(portfolio)
        self._counted[portfolio] = counts
        if before is None:  # what was refused before this process began is no news
            return
        now = {
            reason: count - before.get(reason, 0) for reason, count in counts.items() if count > before.get(reason, 0)
        }
        fresh = set(now) - self._refusing.get(portfolio, frozenset())
        self._refusing[portfolio] = frozenset(now)
        if fresh:
            told = ", ".join(f"{now[reason]} entries by {reason}" for reason in sorted(fresh))
            yield "refused", f"{portfolio}: {told}"


def _words(event: Event) -> str:
    own = sentence(event_document(event))
    said = f"{event.name} {own}".strip() if NAMES[event.name] != event.name else own
    return f"{event.portfolio}: {said}".strip(": ") if event.portfolio else said
