"""What was asked of a venue, as spans that never overlap: the newer answer counts, and like is merged with like."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from fundarb.domain.market import Coverage, Span


def covered(known: Iterable[Coverage], asked: Coverage) -> list[Coverage]:
    """The spans of one stream once `asked` is added to spans that do not overlap, oldest first.

    A stretch that stays empty keeps the time it was first asked for, because only an hour later may it be confirmed."""
    before = sorted(known, key=lambda one: one.asked)
    if asked.asked.start_ms == asked.asked.end_ms:
        return before
    empty = asked.rows == 0 and not asked.confirmed
    added = _outside(asked, [one for one in before if one.rows == 0]) if empty else [asked]
    rest = [part for one in before for part in _outside(one, added)]
    return _merged(sorted(rest + added, key=lambda one: one.asked))


def _outside(one: Coverage, others: Sequence[Coverage]) -> list[Coverage]:
    """The parts of a span that none of the others touches."""
    parts = [one.asked]
    for other in others:
        parts = [piece for part in parts for piece in _cut(part, other.asked)]
    return [replace(one, asked=part) for part in parts]


def _cut(span: Span, hole: Span) -> list[Span]:
    pieces = ((span.start_ms, min(span.end_ms, hole.start_ms)), (max(span.start_ms, hole.end_ms), span.end_ms))
    return [Span(start, end) for start, end in pieces if start < end]


def _merged(spans: Sequence[Coverage]) -> list[Coverage]:
    found: list[Coverage] = []
    for one in spans:
        if found and _alike(found[-1], one):
            last = found.pop()
            one = replace(
                one,
                asked=Span(last.asked.start_ms, one.asked.end_ms),
                rows=last.rows + one.rows,
                asked_at_ms=max(last.asked_at_ms, one.asked_at_ms),
            )
        found.append(one)
    return found


def _alike(left: Coverage, right: Coverage) -> bool:
    """Whether two spans that touch say the same: both answered, both confirmed empty, or both empty since one moment."""
    return (
        left.asked.end_ms == right.asked.start_ms
        and left.confirmed == right.confirmed
        and (left.rows == 0) == (right.rows == 0)
        and (left.rows > 0 or left.confirmed or left.asked_at_ms == right.asked_at_ms)
    )
