"""How far this machine's clock and the venue's are apart: beyond a bound, what is late or early would be misjudged."""

from __future__ import annotations

from typing import NamedTuple

from fundarb.domain.instants import iso
from fundarb.engine.checks.finding import Finding, well, wrong
from fundarb.errors import VenueRefused

CHECK = "clock"


class Reading(NamedTuple):
    """Our clock before and after the venue was asked for its own."""

    before_ms: int
    theirs_ms: int
    after_ms: int

    @property
    def skew_ms(self) -> int:
        """What the time under way does not explain."""
        return max(self.before_ms - self.theirs_ms, self.theirs_ms - self.after_ms, 0)


def judge_clock(reading: Reading, most_ms: int) -> Finding:
    """Within the bound, or beyond."""
    if reading.skew_ms <= most_ms:
        return well(CHECK, f"{reading.skew_ms} ms from the venue's, at most {most_ms} are allowed")
    return wrong(
        CHECK,
        f"the venue's clock says {iso(reading.theirs_ms)}, this machine's {iso(reading.after_ms)}: {reading.skew_ms} ms "
        f"apart, at most {most_ms} are allowed",
        "let the machine set its clock (NTP), or raise trade.max_skew_ms",
        VenueRefused,
    )
