"""Funding of a trading portfolio as it was booked, beside what was expected: quantity × mark × the published rate."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from fundarb.accounting.funding import payment
from fundarb.domain.instants import iso
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.money import ZERO, canonical
from fundarb.domain.result import RunResult
from fundarb.ports.journal import Event
from fundarb.reporting.payments import RUN_PAYMENT_COLUMNS, payments

CHECKED = ("expected", "difference", "flagged")
CHECKED_COLUMNS = (*RUN_PAYMENT_COLUMNS, *CHECKED)
Key = tuple[str | None, str]


def checked_payments(run: RunResult, events: Sequence[Event]) -> list[dict[str, Any]]:
    """One row a settlement and position; what the event of a payment says was expected, else what its own line implies."""
    told = {_key(event.pair, event.at_ms): _figures(event) for event in events if event.name == LineKind.FUNDING}
    lines = [line for line in run.ledger if line.kind is LineKind.FUNDING]
    return [
        {"run_id": run.run_id, "mode": run.mode, **row, **_checked(line, told.get(_key(line.pair, line.at_ms), {}))}
        for row, line in zip(payments(run), lines, strict=True)
    ]


def summary(rows: Sequence[Mapping[str, Any]]) -> str:
    """What was booked and expected in all, and how many payments a person should look at."""
    booked = sum((Decimal(row["payment"]) for row in rows), ZERO)
    expected = sum((Decimal(row["expected"]) for row in rows), ZERO)
    flagged = sum(row["flagged"] is not None for row in rows)
    words = f"{len(rows)} payments: booked {canonical(booked)}, expected {canonical(expected)}"
    return f"{words}; {flagged} flagged" if flagged else f"{words}; none flagged"


def by_pair(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The same, added up: one row a pair, in symbol order."""
    pairs = sorted({str(row["pair"]) for row in rows})
    return [_sums(pair, [row for row in rows if row["pair"] == pair]) for pair in pairs]


def _sums(pair: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    booked, expected, difference = (
        canonical(sum((Decimal(row[name]) for row in rows), ZERO)) for name in ("payment", "expected", "difference")
    )
    flagged = sum(row["flagged"] is not None for row in rows)
    return {
        "pair": pair,
        "payments": len(rows),
        "booked": booked,
        "expected": expected,
        "difference": difference,
        "flagged": flagged,
    }


def _checked(line: LedgerLine, told: Mapping[str, Any]) -> dict[str, Any]:
    implied = payment(line.qty or ZERO, line.price or ZERO, line.rate or ZERO)
    expected = Decimal(told["expected"]) if "expected" in told else implied
    difference = canonical(line.cash - expected)
    return {"expected": canonical(expected), "difference": difference, "flagged": told.get("flagged")}


def _figures(event: Event) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(event.data or "{}")
    return found


def _key(pair: str | None, at_ms: int) -> Key:
    return pair, iso(at_ms)
