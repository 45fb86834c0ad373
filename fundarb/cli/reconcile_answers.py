"""What `reconcile` and `recover` answer: what differs, the plan, and what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fundarb.cli.render import Answer, Cell
from fundarb.errors import RiskHalt

if TYPE_CHECKING:
    from fundarb.bootstrap.reconciling import Reconciled
    from fundarb.engine.reconcile.plan import Difference, Step

COLUMNS = ("part", "kind", "subject", "venue", "journal", "words", "by_itself")


def reconcile_answer(found: Reconciled) -> Answer:
    """`{"differences", "plan", "applied"}`; as a table what differs comes first, then the plan, then what was done."""
    differences = [_difference(one) for one in found.left.differences]
    plan, applied = [_step(one) for one in found.left.plan], [_step(one) for one in found.applied]
    parts = (("differs", differences), ("plan", plan), ("applied", applied))
    rows = [_row(part, each) for part, listed in parts for each in listed]
    document = {"differences": differences, "plan": plan, "applied": applied}
    return Answer(COLUMNS, rows, document, differences, empty="nothing differs")


def reconcile_code(found: Reconciled) -> int:
    """6 while anything differs."""
    return 0 if found.left.agreed else RiskHalt.exit_code


def _difference(one: Difference) -> dict[str, Cell]:
    return {"kind": str(one.kind), "subject": one.subject, "venue": one.venue, "journal": one.journal}


def _step(one: Step) -> dict[str, Cell]:
    return {"act": str(one.act), "subject": one.subject, "words": one.words, "by_itself": one.by_itself}


def _row(part: str, each: dict[str, Cell]) -> dict[str, Cell]:
    return {name: each.get(name) for name in COLUMNS} | {"part": part, "kind": each.get("kind") or each.get("act")}
