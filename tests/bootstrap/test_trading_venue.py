"""The venue of one trader: with a clock that is not ours it is none to trade on."""

from __future__ import annotations

from pathlib import Path

import pytest

from fundarb.bootstrap.trading_venue import open_trading_venue
from fundarb.config.settings import Settings
from fundarb.config.venue import VenueParams
from fundarb.errors import VenueRefused
from tests.sandbox.running import running_sandbox

TIME = "/v5/market/time"


async def test_a_clock_too_far_from_the_venues_stops_the_start(tmp_path: Path) -> None:
    async with running_sandbox() as sandbox:
        configured = Settings(venue=VenueParams.model_validate({"url": sandbox.url}))
        allowed = configured.trade.max_skew_ms
        for off_ms in (-allowed, -allowed - 1):
            sandbox.set_faults({"path": TIME, "fault": "skew", "ms": off_ms, "name": "off"})
            opening = open_trading_venue(configured, None, tmp_path / "f.db")
            if off_ms == -allowed:
                async with opening as venue:
                    assert venue.account is None
            else:
                with pytest.raises(VenueRefused, match=rf"{allowed + 1} ms apart, at most {allowed} are allowed.*NTP"):
                    await opening.__aenter__()
            assert sandbox.fired["off"] == 1
