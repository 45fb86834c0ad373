"""How benchmarks measure: contenders take turns, so that a busy machine slows all of them, and medians are compared."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

Figure = tuple[str, str]


def take_turns(contenders: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds of every contender in every round, after one round that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for counted in (False, *[True] * rounds):
        for name, run in contenders.items():
            started = time.perf_counter()
            run()
            elapsed = time.perf_counter() - started
            if counted:
                seconds[name].append(elapsed)
    return seconds


def ratio(seconds: Mapping[str, list[float]], slow: str, fast: str) -> float:
    """The median over the rounds of how many times longer `slow` took than `fast` in the same round."""
    return statistics.median(a / b for a, b in zip(seconds[slow], seconds[fast], strict=True))


def median_ms(seconds: list[float]) -> str:
    """The median, fit to print."""
    return f"{statistics.median(seconds) * 1000:.1f} ms"
