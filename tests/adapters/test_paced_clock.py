"""However fast a clock runs, its sleeps end no closer together than the pace."""

from __future__ import annotations

import time

from fundarb.adapters.clocks import PacedClock
from tests.fakes.clock import SteppedClock


async def test_sleeps_are_kept_apart_and_time_is_that_of_the_other_clock() -> None:
    inner = SteppedClock(1000)
    paced = PacedClock(inner, 0.05)
    await paced.sleep(3600)
    began = time.monotonic()
    await paced.sleep(3600)
    await paced.sleep(0)
    assert time.monotonic() - began >= 0.1
    assert paced.now_ms() == inner.now_ms() == 1000 + 2 * 3_600_000
