"""The stamps of a page: those of a half-open span on the grid of a length of time."""

from __future__ import annotations

from fundarb.domain.market import Span


def grid(span: Span, span_ms: int, most: int) -> range:
    """Every multiple of `span_ms` in the span; ValueError for more than a page holds, which is a caller's mistake."""
    first = -(-span.start_ms // span_ms) * span_ms
    stamps = range(first, max(first, span.end_ms), span_ms)
    if len(stamps) > most:
        raise ValueError(f"a page holds {most} rows, the span {len(stamps)}: ask for less at once")
    return stamps
