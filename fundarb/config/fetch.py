"""How much history `fetch` brings, of what, and how hard it asks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from fundarb.domain.instants import DAY, HOUR, MINUTE
from fundarb.parameters import Parameters, Reading, Whole, read_duration, refusal, write_duration

INTERVALS = tuple(n * MINUTE for n in (1, 3, 5, 15, 30)) + tuple(n * HOUR for n in (1, 2, 4, 6, 12)) + (DAY,)
KINDS = ("funding", "candles", "spot", "perp", "mark", "open-interest", "snapshot")
FetchKind = Literal["funding", "candles", "spot", "perp", "mark", "open-interest", "snapshot"]


def read_interval(text: str) -> int:
    """Milliseconds of a candle interval the venues know."""
    interval_ms = read_duration(text)
    if interval_ms not in INTERVALS:
        raise ValueError("is no length of candle that venues keep")
    return interval_ms


def read_kind(text: str) -> str:
    """A kind of market data; `candles` is spot and perp."""
    if text not in KINDS:
        raise ValueError(f"{text[:40]!r} is no kind of data")
    return text


_INTERVAL = Reading(f"one of {', '.join(map(write_duration, INTERVALS))}", read_interval, write_duration)
_KINDS = Reading(f"a list of any of {', '.join(KINDS)}", read_kind, str, many=True)


class FetchParams(Parameters):
    """What options of `fetch` do not say."""

    days: Whole = Field(90, ge=1, le=3650, description="how many days back an empty store is filled")
    interval: Annotated[int, _INTERVAL] = Field(HOUR, description="length of the candles")
    kinds: Annotated[tuple[FetchKind, ...], _KINDS] = Field(
        ("funding", "candles", "mark", "snapshot"), description="what is fetched; candles are spot and perp"
    )
    concurrency: Whole = Field(24, ge=1, le=64, description="requests in flight at once; the rate limit holds anyway")

    @field_validator("kinds")
    @classmethod
    def _something(cls, kinds: tuple[FetchKind, ...]) -> tuple[FetchKind, ...]:
        if not kinds:
            raise refusal("nothing is named")
        return kinds
