"""Names as people type them: pairs (BTC, BTCUSDT, BTC/USDT:USDT) and kinds of data. A name that fits several is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches

from fundarb.domain.instrument import Kind, Pair
from fundarb.errors import UnknownPair, UsageError

_SPELLINGS: tuple[Callable[[Pair], str | None], ...] = (
    lambda pair: pair.symbol,
    lambda pair: pair.compact,
    lambda pair: pair.symbol.partition(":")[0],
    lambda pair: pair.base,
    lambda pair: pair.spot,
    lambda pair: pair.spot and pair.spot.partition("/")[0],
)
_CLOSE = 3


def resolve_pairs(names: Iterable[str], pairs: Sequence[Pair]) -> tuple[str, ...]:
    """The perp symbols these names mean, in the order given, each once; a name may hold several, split at commas."""
    single = [part.strip() for name in names for part in name.split(",")]
    return tuple(dict.fromkeys(resolve_pair(name, pairs) for name in single if name))


def resolve_pair(name: str, pairs: Sequence[Pair]) -> str:
    """The one perp symbol `name` means; the most exact spelling that fits anything decides, a symbol itself before all."""
    if any(pair.symbol == name for pair in pairs):
        return name
    wanted = name.upper()
    for spelling in _SPELLINGS:
        fitting = sorted(pair.symbol for pair in pairs if (spelling(pair) or "").upper() == wanted)
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise UnknownPair(f"{name} fits several pairs: {', '.join(fitting)}; write one of them in full")
    raise UnknownPair(f"no pair is called {name}; {_suggestion(wanted, pairs)}")


def _suggestion(wanted: str, pairs: Sequence[Pair]) -> str:
    """What may have been meant, or what there is to choose from."""
    if not pairs:
        return "the store has no pairs yet; bring some in with `fundarb fetch` or `fundarb data import`"
    by_spelling = {spelled.upper(): pair.symbol for pair in pairs for of in _SPELLINGS if (spelled := of(pair))}
    close = dict.fromkeys(by_spelling[match] for match in get_close_matches(wanted, by_spelling, _CLOSE, 0.6))
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"`fundarb data list` shows the {len(pairs)} that are stored"


def parse_kinds(text: str) -> tuple[Kind, ...]:
    """`funding,candles`: kinds of data, each once; `candles` is spot and perp."""
    kinds: dict[Kind, None] = {}
    for word in (part.strip().lower() for part in text.split(",")):
        if word == "candles":
            kinds |= {Kind.SPOT: None, Kind.PERP: None}
        elif word in set(Kind):
            kinds[Kind(word)] = None
        elif word:
            raise UsageError(_unknown_kind(word))
    if not kinds:
        raise UsageError(f"no kind of data named; choose from {_kinds()}")
    return tuple(kinds)


def _unknown_kind(word: str) -> str:
    close = get_close_matches(word, [*Kind, "candles"], 1)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"no such kind of data: {word}; {hint}choose from {_kinds()}"


def _kinds() -> str:
    return f"{', '.join(Kind)} or candles (spot and perp)"
