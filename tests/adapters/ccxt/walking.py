"""Walks a venue's history the way its page rules say, and the way people do it without them."""

from __future__ import annotations

from fundarb.domain.market import Span
from fundarb.ports.market import RateDigits
from fundarb.ports.venue import VenueData


async def walk_funding(venue: VenueData, symbol: str, span: Span) -> list[RateDigits]:
    """Every settlement of the span, oldest first."""
    found, left = dict[int, RateDigits](), span
    while left.start_ms < left.end_ms:
        page = await venue.funding_page(symbol, left)
        assert len(page) <= venue.rules.funding_rows
        found |= {row.settled_at_ms: row for row in page}
        if not page or venue.rules.funding_walk == "newest-only":
            break
        if venue.rules.funding_walk == "backwards":
            left = Span(left.start_ms, page[0].settled_at_ms)
        else:
            left = Span(page[-1].settled_at_ms + 1, left.end_ms)
    return [found[at] for at in sorted(found)]
