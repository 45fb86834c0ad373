"""What a backtest is asked, and what of the store it turns out to be about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fundarb.domain.instants import LATEST, iso
from fundarb.domain.instrument import Kind
from fundarb.domain.market import Span
from fundarb.errors import UsageError
from fundarb.ports.market import MarketReader
from fundarb.research.lacking import beyond
from fundarb.research.universe import Universe, choose_universe, newest_open, resolve_range
from fundarb.signals.panel import Stamps
from fundarb.strategy.params import Mode


@dataclass(frozen=True, slots=True)
class Question:
    """What a backtest is asked: modes, the range as typed, pairs as typed, and whether doubts refuse it."""

    modes: tuple[Mode, ...]
    start: str | None = None
    end: str | None = None
    pairs: str | None = None
    strict: bool = False

    def __post_init__(self) -> None:
        if self.pairs is not None and not self.pairs.strip(" ,"):
            raise UsageError("--pairs names no pair; leave it out to take every stored pair with settlements")


@dataclass(frozen=True, slots=True)
class Defaults:
    """What stands where a question says nothing: the pairs configured, those excluded, and where spot prices are from."""

    pairs: Sequence[str]
    exclude: Sequence[str]
    spot_from_perp: bool


@dataclass(frozen=True, slots=True)
class Scope:
    """The pairs and the range a question is about, when the store chose these pairs by turnover, if it did, and a word
    about an end beyond the data."""

    universe: Universe
    span: Span
    by_turnover_ms: int | None
    beyond: str | None = None

    @property
    def words(self) -> str:
        """The range and the number of pairs."""
        count = len(self.universe.symbols)
        return f"{iso(self.span.start_ms)} to {iso(self.span.end_ms)}, {count} pair{'s' * (count > 1)}"


async def find_scope(reader: MarketReader, question: Question, defaults: Defaults, now_ms: int) -> Scope:
    """Resolve pairs and range on the store."""
    named = [question.pairs] if question.pairs else defaults.pairs
    universe = await choose_universe(reader, named, defaults.exclude, now_ms)
    span = await resolve_range(
        reader, universe, question.start, question.end, now_ms, spot_from_perp=defaults.spot_from_perp
    )
    chosen, chosen_ms = await reader.universe()
    by_turnover_ms = chosen_ms if set(universe.symbols) & set(chosen) else None
    words = None if question.end is None else await _beyond(reader, universe, span, defaults)
    return Scope(universe, span, by_turnover_ms, words)


async def _beyond(reader: MarketReader, universe: Universe, span: Span, defaults: Defaults) -> str | None:
    """A word about a range that goes on where the data of these pairs has ended."""
    own = [stream for stream in universe.streams if stream.symbol in universe.symbols]
    newest_ms = await newest_open(reader, own, defaults.spot_from_perp)
    return beyond(span.end_ms, newest_ms, [one for one in own if one.kind is Kind.FUNDING and one.rows])


async def later_settlements(reader: MarketReader, scope: Scope) -> dict[str, Stamps]:
    """The settlements stored beyond the range, of the pairs that have some."""
    after = Span(scope.span.end_ms + 1, LATEST)
    found = {
        symbol: (await reader.settlement_columns(symbol, after, LATEST)).settled_at for symbol in scope.universe.symbols
    }
    return {symbol: stamps for symbol, stamps in found.items() if len(stamps)}
