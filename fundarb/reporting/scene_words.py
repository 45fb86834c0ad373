"""The lines above the tables of a scene: who trades where, whether all is well, and where the money came from."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from fundarb.domain.instants import HOUR, MINUTE, SECOND
from fundarb.domain.position import Split
from fundarb.reporting.scene import Health, Scene, SeenPortfolio

LATE_BEATS = 3  # polls without a sign of life before that is shown as an alarm
SPLIT = ("funding", "price", "fees", "slippage", "other")
COSTS = ("fees", "slippage")


def headline(scene: Scene) -> str:
    """The moment, the venue, and when the next settlement is."""
    now_ms = scene.health.now_ms
    parts = [f"{datetime.fromtimestamp(now_ms / 1000, UTC):%Y-%m-%d %H:%M:%S}Z", scene.venue]
    if scene.next_ms is not None:
        parts.append(f"next settlement {clock(scene.next_ms)}, in {lasting(scene.next_ms - now_ms)}")
    return "  ".join(parts)


def alarms(health: Health) -> list[str]:
    """What is not as it should be; empty when all is well."""
    found = []
    if health.halted is not None:
        found.append(f"ENTRIES HALTED: {health.halted}")
    if health.silent_since_ms is not None:
        found.append(f"VENUE SILENT for {lasting(health.now_ms - health.silent_since_ms)}")
    if health.breaker is not None:
        found.append(f"BREAKER {health.breaker}")
    age_ms = health.beat_age_ms
    if age_ms is not None and age_ms > LATE_BEATS * max(health.poll_ms, MINUTE):
        found.append("HEARTBEAT LATE")
    return found


def health_line(health: Health) -> str:
    """Whether venue, entries and the loop are well, each in words."""
    beat, look = health.beat_age_ms, health.looked_ms
    venue = "venue answers" if health.silent_since_ms is None else "venue silent"
    seen = "nothing seen yet" if look is None else f"last look {clock(look, seconds=True)}"
    alive = "no heartbeat yet" if beat is None else f"heartbeat {lasting(beat)} ago"
    entries = "entries open" if health.halted is None else "entries halted"
    return "  ".join([venue, entries, alive, seen, f"polls every {lasting(health.poll_ms)}"])


def portfolio_lines(one: SeenPortfolio, width: int) -> list[str]:
    """What a portfolio is worth, and how it came to that: on one line where there is room."""
    gained = one.equity - one.contributed
    worth = f"{one.name} ({one.mode})  equity {money(one.equity)} ({signed(gained)})  cash {money(one.cash)}"
    split = split_words(one.split)
    return [f"{worth}  {split}"] if len(worth) + len(split) + 2 <= width else [worth, f"  {split}"]


def split_words(split: Split) -> str:
    """Where the money came from; what costs is shown as the loss it is."""
    parts = {name: -getattr(split, name) if name in COSTS else getattr(split, name) for name in SPLIT}
    return "  ".join(
        f"{name} {signed(value)}" for name, value in parts.items() if name != "other" or round(float(value), 2)
    )


def money(value: Decimal) -> str:
    """An amount at two decimals."""
    return f"{round(float(value), 2) + 0.0:,.2f}"


def signed(value: Decimal) -> str:
    """An amount with its sign, so that gain and loss need no colour."""
    return f"{round(float(value), 2) + 0.0:+,.2f}"


def clock(at_ms: int, *, seconds: bool = False) -> str:
    """The time of day, UTC."""
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):{'%H:%M:%S' if seconds else '%H:%M'}}"


def lasting(span_ms: int) -> str:
    """A length of time in its two largest units."""
    for unit_ms, smaller_ms, names in ((24 * HOUR, HOUR, "dh"), (HOUR, MINUTE, "hm"), (MINUTE, SECOND, "ms")):
        if span_ms >= unit_ms:
            most, rest = divmod(span_ms, unit_ms)
            return f"{most}{names[0]} {rest // smaller_ms}{names[1]}" if rest // smaller_ms else f"{most}{names[0]}"
    return f"{max(span_ms, 0) / SECOND:.0f}s"
