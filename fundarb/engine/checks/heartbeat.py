"""Whether the trader lives, by the time it last said so. A sign from the future says nothing: a clock was wrong then, or is
now."""

from __future__ import annotations

from fundarb.domain.instants import SECOND, iso
from fundarb.domain.when import write_duration
from fundarb.engine.checks.finding import Finding, unasked, well, wrong
from fundarb.errors import DataError, RiskHalt

ALIVE, TRADER = "alive", "trader"
SILENT_POLLS = 3


def judge_alive(beat_ms: int | None, now_ms: int, most_ms: int) -> Finding:
    """For a watchdog: younger than so much, or not."""
    restart = "see whether `fundarb trade` runs (`fundarb doctor` says who holds its lock), and start it again"
    if beat_ms is None:
        return wrong(ALIVE, "nobody has traded on this database yet", restart, DataError)
    said = f"last heartbeat {iso(beat_ms)}, {_age(beat_ms, now_ms)}, allowed are {write_duration(most_ms)}"
    return well(ALIVE, said) if abs(now_ms - beat_ms) <= most_ms else wrong(ALIVE, said, restart, DataError)


def judge_trader(holder: str | None, beat_ms: int | None, now_ms: int, poll_ms: int) -> Finding:
    """One that holds the lock and is silent hangs."""
    if holder is None:
        return unasked(TRADER, "nobody trades now")
    if beat_ms is None:
        return well(TRADER, f"{holder}; no heartbeat yet")
    said = f"{holder}; last heartbeat {_age(beat_ms, now_ms)}"
    if abs(now_ms - beat_ms) <= SILENT_POLLS * poll_ms:
        return well(TRADER, said)
    remedy = "end that process and start again; `fundarb halt --flatten` does without it"
    return wrong(TRADER, f"{said}, more than {SILENT_POLLS} polls: it may hang", remedy, RiskHalt)


def _age(beat_ms: int, now_ms: int) -> str:
    seconds = f"{abs(now_ms - beat_ms) / SECOND:.0f} s"
    return f"{seconds} ago" if beat_ms <= now_ms else f"{seconds} ahead of this clock"
