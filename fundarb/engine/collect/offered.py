"""What a venue has markets of now. Of a perp or a spot leg that it lists no more nothing can be asked: what is stored of it
stays, a hole inside that stays one, and what came after is said once to be out of reach."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fundarb.domain.instrument import Kind
from fundarb.domain.market import Span
from fundarb.engine.collect.plan import Stored
from fundarb.engine.collect.spans import common
from fundarb.engine.collect.streams import Stream, Wanted
from fundarb.ports.venue import Listed

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Offered:
    """The perps a venue lists, the closed ones too, and those of them whose underlying trades on spot."""

    perps: frozenset[str]
    spots: frozenset[str]

    def has(self, stream: Stream) -> bool:
        """Whether the stream can be asked for."""
        return stream.symbol in (self.spots if stream.kind is Kind.SPOT else self.perps)


def offered(listed: Iterable[Listed]) -> Offered:
    """What this list has markets of."""
    pairs = [one.pair for one in listed]
    return Offered(
        frozenset(pair.symbol for pair in pairs), frozenset(pair.symbol for pair in pairs if pair.spot is not None)
    )


def within_stored(due: Wanted, stored: Stored) -> Wanted:
    """The part of what is wanted that lies inside what is stored."""
    start_ms = due.span.start_ms
    [kept] = common(due.span, [] if stored.extent is None else [stored.extent]) or [Span(start_ms, start_ms)]
    return Wanted(due.stream, kept, min(due.known_ms, kept.end_ms))


def out_of_reach(streams: Sequence[Stream]) -> list[str]:
    """A sentence for the perps and one for the spot legs of which something lacks and nothing can be asked."""
    spots = [one.symbol for one in streams if one.kind is Kind.SPOT]
    perps = sorted({one.symbol for one in streams if one.kind is not Kind.SPOT})
    found = []
    if perps:
        found.append(f"not listed by this venue, so nothing was asked: {_names(perps)}")
    if spots := [symbol for symbol in spots if symbol not in perps]:
        found.append(f"the venue lists no spot market, so no spot candles were asked: {_names(spots)}")
    return found


def _names(symbols: Sequence[str]) -> str:
    more = f" and {len(symbols) - _SHOWN} more" if len(symbols) > _SHOWN else ""
    return ", ".join(symbols[:_SHOWN]) + more
