"""Every funding payment of a run: when, at which rate and mark, on how much, and what it came to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fundarb.domain.instants import iso
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.money import ZERO, canonical
from fundarb.domain.result import RunResult

PAYMENT_COLUMNS = ("time", "pair", "qty", "mark", "rate", "payment", "stale_mark")
RUN_PAYMENT_COLUMNS = ("run_id", "mode", *PAYMENT_COLUMNS)


def payments(run: RunResult) -> list[dict[str, Any]]:
    """One row a settlement and position, in the order of the ledger; negative where the short paid."""
    return [_payment(line) for line in run.ledger if line.kind is LineKind.FUNDING]


def payment_rows(runs: Sequence[RunResult]) -> list[dict[str, Any]]:
    """The payments of every run, with the run they belong to."""
    return [{"run_id": run.run_id, "mode": run.mode, **row} for run in runs for row in payments(run)]


def _payment(line: LedgerLine) -> dict[str, Any]:
    return {
        "time": iso(line.at_ms),
        "pair": line.pair,
        "qty": canonical(line.qty or ZERO),
        "mark": canonical(line.price or ZERO),
        "rate": canonical(line.rate or ZERO),
        "payment": canonical(line.cash),
        "stale_mark": line.stale_mark,
    }
