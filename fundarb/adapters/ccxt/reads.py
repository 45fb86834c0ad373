"""Retries, for reads only: a bounded number of attempts further and further apart; a throttle is waited out together, for as
long as patience goes: a fetch outlives a ban, a trader goes on as in an outage and says how long.

What the venue refused is not asked again, and nothing that places an order comes this way."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from fundarb.adapters.ccxt.failures import reading
from fundarb.adapters.ccxt.pacing import Pacer, Withheld
from fundarb.errors import VenueError, VenueRefused, VenueThrottled
from fundarb.ports.breaker import Breaker

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long: attempts, the bounds of the waits between them, and for how long a throttle is sat out."""

    attempts: int = 5
    first_s: float = 0.5
    longest_s: float = 8.0
    throttle_s: float = 900.0


TRADING = Patience(throttle_s=45.0)  # nobody watches the positions meanwhile


class Reads:
    """Makes calls that change nothing at the venue, and tells the breaker how they ended."""

    def __init__(
        self, pacer: Pacer, rng: random.Random, patience: Patience | None = None, breaker: Breaker | None = None
    ) -> None:
        self._pacer, self._rng, self._breaker = pacer, rng, breaker
        self._patience = patience or Patience()

    async def ask(self, what: str, call: Callable[[], Awaitable[T]]) -> T:
        """The answer to `call`, or the VenueError it ended with."""
        began, attempt = _now(), 0
        while True:
            try:
                with reading(what):
                    answer = await call()
            except VenueRefused:
                self._report(None)
                raise
            except Withheld as withheld:
                self._report(withheld)
                raise VenueThrottled(f"{what}: {withheld}", withheld.wait_s) from withheld
            except VenueThrottled as throttle:
                self._sit_out(throttle, began)
            except VenueError as error:
                attempt += 1
                if attempt >= self._patience.attempts:
                    self._report(error)
                    raise
                await asyncio.sleep(self._wait_s(attempt))
            else:
                self._report(None)
                return answer

    def _sit_out(self, throttle: VenueThrottled, began: float) -> None:
        """Let the pacer hold the next attempt back; give up where that would take too long."""
        waited_s, pause_s = _now() - began, self._pacer.pause_s
        if waited_s + pause_s > self._patience.throttle_s:
            self._report(throttle)
            raise VenueThrottled(
                f"{throttle}; throttled for {waited_s:.0f} s and not let in again for another {pause_s:.0f} s: ask then",
                pause_s,
            ) from throttle

    def _wait_s(self, attempt: int) -> float:
        """Twice as long each time, at most the longest, and a random half of it."""
        return min(self._patience.longest_s, self._patience.first_s * 2.0 ** (attempt - 1)) * self._rng.uniform(0.5, 1)

    def _report(self, error: VenueError | None) -> None:
        if self._breaker is None:
            return
        if error is None:
            self._breaker.succeeded()
        else:
            self._breaker.failed(str(error))


def _now() -> float:
    return asyncio.get_running_loop().time()
