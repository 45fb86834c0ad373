"""Time as whole milliseconds since the epoch, UTC: parsing, printing, snapping of settlement stamps, durations."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
LONGEST_INTERVAL = 8 * HOUR  # between two settlements of a perp; after a longer gap something is missing
SNAP = 5 * SECOND

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)", re.ASCII)
_UNITS = {"ms": 1, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
LATEST = 253_402_300_799_999  # the last millisecond of the year 9999


def iso(at_ms: int) -> str:
    """`2024-01-31T08:00:00Z`; with milliseconds only where there are any."""
    text = (_EPOCH + timedelta(milliseconds=at_ms)).isoformat(timespec="milliseconds" if at_ms % 1000 else "seconds")
    return text.replace("+00:00", "Z")


def parse_instant(text: str) -> int:
    """Milliseconds of `2024-01-31` or `2024-01-31T08:00[:00]Z`; a time without a zone is UTC."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"not a time: {text!r}; write 2024-01-31 or 2024-01-31T08:00Z") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def parse_duration(text: str) -> int:
    """Milliseconds of `10s`, `8h`, `90d`."""
    match = _DURATION.fullmatch(text.strip())
    if not match:
        raise ValueError(f"not a duration: {text!r}; write 10s, 15m, 8h, 90d or 2w")
    return round(float(match[1]) * _UNITS[match[2]])


def snap(at_ms: int) -> int:
    """A settlement stamp within 5 s of a full minute is that minute."""
    minute = (at_ms + MINUTE // 2) // MINUTE * MINUTE
    return minute if abs(at_ms - minute) <= SNAP else at_ms
