"""Times as people type them: `2024-01-31`, `2024-01-31T08:00Z`, `90d` (before the end of the range), `now`. UTC."""

from __future__ import annotations

from fundarb.domain.instants import DAY, HOUR, LATEST, MINUTE, SECOND, parse_duration, parse_instant
from fundarb.errors import UsageError

_CHOICES = "write 2024-01-31, 2024-01-31T08:00Z, 90d (so long before the end, else before now) or now"
_UNITS = ((DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s"), (1, "ms"))


def parse_when(text: str, now_ms: int, end_ms: int | None = None) -> int:
    """Milliseconds of a typed time; a duration counts back from `end_ms` if given, else from the last full hour."""
    word = text.strip()
    last_hour = now_ms // HOUR * HOUR
    if word.lower() == "now":
        return last_hour
    moment = _counted_back(word, last_hour if end_ms is None else end_ms)
    if moment is None:
        moment = _written_out(word)
    if not 0 <= moment <= LATEST:
        raise UsageError(f"outside the years 1970 to 9999: {text!r}; {_CHOICES}")
    return moment


def _counted_back(word: str, anchor_ms: int) -> int | None:
    """The moment a duration before the anchor; None if the word is no duration."""
    try:
        return anchor_ms - parse_duration(word)
    except (ValueError, OverflowError):
        return None


def _written_out(word: str) -> int:
    try:
        return parse_instant(word)
    except ValueError:
        raise UsageError(f"not a time: {word!r}; {_CHOICES}") from None


def write_duration(span_ms: int) -> str:
    """`1h`, `15m`, `1d`: the largest unit that says it in whole numbers."""
    unit, name = next((unit, name) for unit, name in _UNITS if span_ms % unit == 0)
    return f"{span_ms // unit}{name}"
