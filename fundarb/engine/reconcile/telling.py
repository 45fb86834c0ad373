"""What is told of a step that was done, however it came to be done."""

from __future__ import annotations

from dataclasses import replace

from fundarb.engine.reconcile.plan import Step
from fundarb.engine.trading.telling import event
from fundarb.ports.journal import Event


def healed_event(at_ms: int, portfolio: str, step: Step) -> Event:
    """What, of which pair, in words."""
    told = event(at_ms, portfolio, "healed", {"act": str(step.act), "subject": step.subject}, step.pair)
    return replace(told, reason=step.words)
