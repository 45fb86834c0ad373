"""Sets of half-open spans of time: join, subtract, cut to size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fundarb.domain.market import Span


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same moments as few spans, in order; what touches is one."""
    found: list[Span] = []
    for span in sorted(span for span in spans if span.start_ms < span.end_ms):
        if found and span.start_ms <= found[-1].end_ms:
            found[-1] = Span(found[-1].start_ms, max(found[-1].end_ms, span.end_ms))
        else:
            found.append(span)
    return found


def minus(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """What of `spans` none of `taken` holds."""
    holes = joined(taken)
    found, first = [], 0
    for span in joined(spans):
        start = span.start_ms
        while first < len(holes) and holes[first].end_ms <= start:
            first += 1
        for hole in holes[first:]:
            if hole.start_ms >= span.end_ms:
                break
            if start < hole.start_ms:
                found.append(Span(start, hole.start_ms))
            start = max(start, hole.end_ms)
        if start < span.end_ms:
            found.append(Span(start, span.end_ms))
    return found


def common(span: Span, others: Iterable[Span]) -> list[Span]:
    """What of `span` is in any of the others."""
    cut = (Span(max(span.start_ms, one.start_ms), end) for one, end in _ends(span, others))
    return joined(cut)


def windows(span: Span, step_ms: int, rows: int) -> Iterator[Span]:
    """An aligned span as pages of at most `rows` steps, newest first."""
    end = span.end_ms
    while end > span.start_ms:
        start = max(span.start_ms, end - rows * step_ms)
        yield Span(start, end)
        end = start


def up(at_ms: int, step_ms: int) -> int:
    """The first multiple of the step not before."""
    return -(-at_ms // step_ms) * step_ms


def down(at_ms: int, step_ms: int) -> int:
    """The last multiple of the step not after."""
    return at_ms // step_ms * step_ms


def holds_multiple(span: Span, step_ms: int) -> bool:
    """Whether a multiple of the step lies in the span."""
    return up(span.start_ms, step_ms) < span.end_ms


def _ends(span: Span, others: Iterable[Span]) -> Iterator[tuple[Span, int]]:
    for one in others:
        end = min(span.end_ms, one.end_ms)
        if max(span.start_ms, one.start_ms) < end:
            yield one, end
