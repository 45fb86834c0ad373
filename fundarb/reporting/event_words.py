"""What happened, as a document for programs and as a sentence for people: lines, the live view and messages say the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from fundarb.domain.instants import iso
from fundarb.ports.journal import Event
from fundarb.reporting.quantities import quantity

HEAD = ("t", "event", "portfolio", "pair", "reason")
Document = Mapping[str, Any]
_CYCLE = ("equity", "cash", "positions")  # what is told of all that a cycle remembers


def event_document(event: Event) -> dict[str, Any]:
    """`{"t", "event", "portfolio", "pair", "reason", …}`, the figures of the event beside them."""
    data: dict[str, Any] = json.loads(event.data) if event.data else {}
    if event.name == "cycle":
        data = {
            "boundary": iso(data["boundary"]),
            **{name: data[name] for name in _CYCLE},
            "refused": data["tally"][3],
        }
    head = {"t": iso(event.at_ms), "event": event.name, "portfolio": event.portfolio, "pair": event.pair}
    return {**head, "reason": event.reason, **data}


def figures_of(document: Document) -> dict[str, Any]:
    """What an event says beyond its head."""
    return {name: value for name, value in document.items() if name not in HEAD}


def plain_words(document: Document) -> str:
    """All figures by their names, without the marks of JSON."""
    told = ((name, value) for name, value in figures_of(document).items() if value not in ({}, [], None))
    return "  ".join(f"{name} {_plain(value)}" for name, value in told)


def sentence(document: Document) -> str:
    """What a person is told of it: the pair, what was done, and the figures that matter, rounded."""
    try:
        made = _SENTENCES.get(document["event"], plain_words)(document)
    except (KeyError, TypeError, ValueError, ArithmeticError):  # told by a version that knows other figures
        made = plain_words(document)
    pair = (document["pair"] or "").partition("/")[0]
    reason = f"({document['reason']})" if document["reason"] else ""
    return "  ".join(part for part in (pair, made, reason) if part)


def _legs(document: Document) -> str:
    legs = [
        f"{leg} {quantity(own['qty'])} at {quantity(own['price'])}"
        for leg in ("spot", "perp")
        if (own := document.get(leg))
    ]
    net = f"net {_money(document['net'])}" if document.get("net") is not None else ""
    return ", ".join([*legs, net] if net else legs)


def _funding(document: Document) -> str:
    booked = document.get("booked", document.get("amount"))
    words = f"{_money(booked)} at a rate of {float(document['rate']) * 100:.4f}%"
    off, flagged = document.get("difference"), document.get("flagged")
    if off is None or not float(off):
        return words
    return f"{words}, {quantity(off)} from what was expected" + (f": {flagged}" if flagged else "")


def _cycle(document: Document) -> str:
    refused = ", ".join(f"{count} {reason}" for reason, count in document["refused"].items())
    words = f"equity {_money(document['equity'], sign='')}, {document['positions']} open"
    return f"{words}; refused so far: {refused}" if refused else words


def _settled(document: Document) -> str:
    lacking = document.get("missing") or ()
    words = f"published {document['delay_ms'] / 1000:.1f} s after the settlement"
    return f"{words}, not by {len(lacking)} pair{'s' * (len(lacking) > 1)}" if lacking else words


def _unhedged(document: Document) -> str:
    """Legs that do not match, or an entry that found no second leg and was taken back."""
    if "delta" not in document:
        return _legs(document)
    return f"legs differ by {quantity(document['delta'])}, lots explain {quantity(document['allowed'])}"


def _breaker(document: Document) -> str:
    why = f": {document['why']}" if document["why"] and document["state"] != "closed" else ""
    return f"of {document['guards']} {document['state']}{why}"


def _started(document: Document) -> str:
    before = document.get("before")
    return f"mode {document['mode']}" + (f", before {before}" if before else "")


def _outage(document: Document) -> str:
    if document.get("until"):
        return f"throttled until {document['until']}, no look and no check of risk before: {document['why']}"
    return f"the venue does not answer: {document['why']}"


def _entries(document: Document) -> str:
    """Whose entries are halted, or go through again; a stop of its own says it in its reason."""
    pairs = [pair.partition("/")[0] for pair in document["pairs"]]
    since = f" since {document['since']}" if document.get("since") else ""
    return f"entries of {', '.join(pairs) or 'all pairs'}{since}"


_SENTENCES: dict[str, Callable[[Document], str]] = {
    **dict.fromkeys(("opened", "closed", "reduced", "liquidated", "guarded", "delisted"), _legs),
    "funding": _funding,
    "cycle": _cycle,
    "settled": _settled,
    "started": _started,
    "unhedged": _unhedged,
    "hedged": lambda document: _legs(document) or "legs match again",
    "breaker": _breaker,
    "halted": _entries,
    "resumed": _entries,
    "healed": lambda document: f"{document['act']} {document['subject']}",
    "flipped": lambda document: f"the rate turns to {float(document['rate']) * 100:.4f}% for {document['due']}",
    "outage": _outage,
    "back": lambda document: f"the venue answers again after {document['after_s']:.0f} s",
}


def _money(text: str, sign: str = "+") -> str:
    return f"{round(float(text), 2) + 0.0:{sign},.2f}"


def _plain(value: Any) -> str:
    """A figure, or several."""
    if isinstance(value, dict):
        return " ".join(f"{name} {_plain(one)}" for name, one in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
