"""Whatever is asked of the public paths is answered or refused in the venue's envelope, never with an error of the
exchange's own; and an answer obeys the rules all pages share."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import urlencode

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from fundarb.sandbox.clock import SteppedClock
from fundarb.sandbox.market.made import MadeMarket
from fundarb.sandbox.market.source import DAY, EPOCH_MS, HOUR
from fundarb.sandbox.public.routes import public_routes
from fundarb.sandbox.routing import Asked, Routing
from fundarb.sandbox.signing import Key

NOW = EPOCH_MS + 1200 * DAY + 7 * HOUR + 123_456
PATHS = [route.path for route in public_routes(MadeMarket(1, pairs=1))]


@cache
def market() -> MadeMarket:
    return MadeMarket(3, pairs=2)


@cache
def symbols() -> list[str]:
    return sorted({each.symbol for each in market().instruments()})


TIMES = st.one_of(
    st.integers(EPOCH_MS - 9 * DAY, NOW + 9 * DAY).map(str), st.sampled_from(["", "0", "x", "-1", "9" * 40])
)
PARAMS = st.fixed_dictionaries(
    {
        "category": st.sampled_from(["spot", *["linear"] * 6, "inverse", "option", "nonsense"]),
        "symbol": st.deferred(lambda: st.sampled_from([*symbols(), "NOPEUSDT"])),
        "interval": st.sampled_from(["1", "15", "60", "60", "240", "D", "W"]),
        "intervalTime": st.sampled_from(["5min", "1h", "1h", "1d", "2h"]),
    },
    optional={
        "limit": st.sampled_from(["1", "2", "199", "500", "1001", "0", "-3", "many", "", "9" * 5000]),
        "status": st.sampled_from(["Trading", "PreLaunch", "Closed", "Delivering", "Dead", ""]),
        "cursor": st.sampled_from(
            ["", "first%3DX%26offset%3D1", "lastid%3D1%26lasttime%3D1700000000", "offset=", "%%%"]
        ),
        "start": TIMES,
        "end": TIMES,
        "startTime": TIMES,
        "endTime": TIMES,
        "baseCoin": st.sampled_from(["BTC", "NOPE"]),
    },
)


@settings(max_examples=300)
@given(path=st.sampled_from(PATHS), params=PARAMS, at_ms=st.sampled_from([EPOCH_MS, EPOCH_MS + 40 * DAY, NOW]))
def test_every_request_is_answered_or_refused(path: str, params: dict[str, str], at_ms: int) -> None:
    routing = Routing(public_routes(market()), SteppedClock(at_ms, lambda: 0), Key())
    reply = routing.answer(Asked("GET", path, urlencode(params)))
    found = orjson.loads(reply.body)
    assert (reply.status, found["time"], set(found)) == (
        200,
        at_ms,
        {"retCode", "retMsg", "result", "retExtInfo", "time"},
    )
    assert found["retCode"] in (0, 10001)
    if found["retCode"]:
        assert found["result"] == {}
    elif "kline" in path or "history" in path or "interest" in path:
        last = params.get("end" if "kline" in path else "endTime", "")
        _require_a_page(found["result"]["list"], params, min(at_ms, int(last or at_ms)))


def _require_a_page(rows: list[Any], params: dict[str, str], last_ms: int) -> None:
    """Newest first, none twice, none after the end asked for or now, no more than asked."""
    stamps = [_stamp(row) for row in rows]
    assert stamps == sorted(set(stamps), reverse=True)
    assert all(stamp <= last_ms for stamp in stamps)
    assert len(stamps) <= min(1000, int(params.get("limit") or 1000))


def _stamp(row: Any) -> int:
    return int(row[0] if isinstance(row, list) else row.get("fundingRateTimestamp") or row["timestamp"])
