"""Times as pages write them: UTC, to the minute."""

from __future__ import annotations

from fundarb.domain.instants import iso


def minute(at_ms: int) -> str:
    """`2024-01-31 08:00`."""
    return iso(at_ms)[:16].replace("T", " ")
