"""A stored stream as a row: what `data list` and the pages say of it alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fundarb.domain.instants import iso
from fundarb.domain.when import write_duration

if TYPE_CHECKING:
    from fundarb.domain.market import StreamSummary

STREAM_COLUMNS = ("pair", "kind", "interval", "from", "to", "rows", "gaps")


def stream_row(stream: StreamSummary) -> dict[str, str | int | None]:
    """Whose it is, of what, and from when to when how much of it is there."""
    return {
        "pair": stream.symbol,
        "kind": str(stream.kind),
        "interval": write_duration(stream.span_ms) if stream.span_ms else None,
        "from": iso(stream.first_ms),
        "to": iso(stream.last_ms),
        "rows": stream.rows,
        "gaps": stream.gaps,
    }
