"""Rate limits over wall time: so many requests of one address, then a ban; so many a second of one account on one path."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from fundarb.sandbox.clock import VenueClock

SECOND_MS = 1_000


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is allowed; `requests` None lets any number through."""

    requests: int | None = 600
    window_ms: int = 5_000
    ban_ms: int = 600_000


class AddressLimit:
    """The limit of each address in a sliding window; the request that exceeds it starts a ban."""

    def __init__(self, limits: Limits, clock: VenueClock) -> None:
        self._limits, self._clock = limits, clock
        self._seen: dict[str, deque[int]] = {}
        self._banned_until: dict[str, int] = {}

    def allows(self, address: str) -> bool:
        """Count one request; False while the address is banned, and from the request on that goes too far."""
        if self._limits.requests is None:
            return True
        now_ms = self._clock.wall_ms()
        if now_ms < self._banned_until.get(address, now_ms):
            return False
        seen = self._seen.setdefault(address, deque())
        while seen and seen[0] <= now_ms - self._limits.window_ms:
            seen.popleft()
        if len(seen) < self._limits.requests:
            seen.append(now_ms)
            return True
        self._banned_until[address] = now_ms + self._limits.ban_ms
        seen.clear()
        return False


@dataclass(frozen=True, slots=True)
class Allowance:
    """What an account has left of one path this second; `reset_ms` is venue time."""

    limit: int
    left: int
    reset_ms: int
    exceeded: bool

    def headers(self) -> dict[str, str]:
        """As the venue tells it."""
        return {
            "X-Bapi-Limit": str(self.limit),
            "X-Bapi-Limit-Status": str(self.left),
            "X-Bapi-Limit-Reset-Timestamp": str(self.reset_ms),
        }


class AccountLimits:
    """Requests a second by (account, path) in a sliding window; what is refused does not count."""

    def __init__(self, clock: VenueClock) -> None:
        self._clock = clock
        self._seen: dict[tuple[str, str], deque[int]] = {}

    def take(self, uid: str, path: str, per_second: int, now_ms: int) -> Allowance:
        """Count one request, and what is left after it."""
        wall_ms = self._clock.wall_ms()
        seen = self._seen.setdefault((uid, path), deque())
        while seen and seen[0] <= wall_ms - SECOND_MS:
            seen.popleft()
        if len(seen) >= per_second:
            wait_ms = seen[0] + SECOND_MS - wall_ms
            return Allowance(per_second, 0, now_ms + int(wait_ms * self._clock.wall_speed()), exceeded=True)
        seen.append(wall_ms)
        return Allowance(per_second, per_second - len(seen), now_ms, exceeded=False)
