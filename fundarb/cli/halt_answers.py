"""What `halt` and `resume` answer: what is halted now, since when and why, and what is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fundarb.cli.render import Answer, Cell
from fundarb.domain.instants import iso

if TYPE_CHECKING:
    from fundarb.bootstrap.halting import Halted

COLUMNS = ("halted", "pairs", "since", "reason", "open")


def halt_answer(found: Halted) -> Answer:
    """`{"halted", "pairs", "since", "reason", "open"}`; without pairs a halt is one of all."""
    halt = found.halt
    pairs = [] if halt is None else list(halt.pairs)
    document = {
        "halted": halt is not None,
        "pairs": pairs,
        "since": None if halt is None else iso(halt.since_ms),
        "reason": None if halt is None else halt.reason,
        "open": list(found.open),
    }
    row: dict[str, Cell] = {
        "halted": halt is not None,
        "pairs": " ".join(pairs),
        "since": None if halt is None else iso(halt.since_ms),
        "reason": None if halt is None else halt.reason,
        "open": " ".join(found.open),
    }
    return Answer(COLUMNS, [row], document, [document])
