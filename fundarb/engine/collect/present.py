"""What time a run goes by: never later than the venue says, and never later than this machine does, so that a clock that
is fast, on either side, makes no candle look finished."""

from __future__ import annotations

from collections.abc import Callable

from fundarb.domain.instants import MINUTE, iso
from fundarb.ports.clock import Clock
from fundarb.ports.venue import VenueData

_APART = MINUTE  # beyond this it is said


async def present_ms(venue: VenueData, clock: Clock, note: Callable[[str], None]) -> int:
    """The earlier of the venue's time and ours."""
    theirs = await venue.server_ms()
    ours = clock.now_ms()
    if abs(theirs - ours) > _APART:
        note(f"the venue's clock says {iso(theirs)}, this machine's {iso(ours)}; the earlier one counts")
    return min(theirs, ours)
