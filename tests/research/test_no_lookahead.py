"""Whatever comes after t, everything up to t is as it was: opens at t are known, all else of an unfinished candle is not."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fundarb.domain.result import RunResult
from tests.drawing import drawn
from tests.engine.markets import Recipe, recipes
from tests.engine.running import run_engine
from tests.engine.worlds import Bar, Stream, World

WARM_DAYS = 9


def altered(world: World, at_ms: int, noise: random.Random) -> World:
    """Another future: other rates, other prices, some rows gone, listings that end otherwise."""
    return tuple(
        replace(
            stream,
            pair=replace(stream.pair, gone_ms=_gone(stream, at_ms)),
            settled=tuple(
                (at, rate if at <= at_ms else Decimal("0.0044"))
                for at, rate in stream.settled
                if at <= at_ms or noise.random() < 0.8
            ),
            perp=_other(stream.perp, at_ms, noise),
            spot=_other(stream.spot, at_ms, noise),
            mark=_other(stream.mark, at_ms, noise),
        )
        for stream in world
    )


def _gone(stream: Stream, at_ms: int) -> int | None:
    gone = stream.pair.gone_ms
    return gone if gone is not None and gone <= at_ms else at_ms + 1


def _other(bars: tuple[Bar, ...], at_ms: int, noise: random.Random) -> tuple[Bar, ...]:
    found = []
    for bar in bars:
        if bar.open_at + bar.span <= at_ms:
            found.append(bar)
        elif bar.open_at <= at_ms:
            found.append(bar._replace(high=bar.high * 3, low=bar.low / 2, close=bar.close * 2, volume=Decimal(9)))
        elif noise.random() < 0.7:
            found.append(bar._replace(open=bar.open * 2, high=bar.high * 3, close=bar.close / 2))
    return tuple(found)


def up_to(run: RunResult, at_ms: int) -> tuple[list[object], list[object]]:
    """What was booked and what it was worth, by then."""
    booked: list[object] = [line for line in run.ledger if line.at_ms <= at_ms]
    return booked, [sample for sample in run.equity if sample[0] <= at_ms]


@pytest.mark.slow
@settings(max_examples=drawn(45), deadline=None, suppress_health_check=list(HealthCheck))
@given(recipes(WARM_DAYS), st.floats(0, 1), st.sampled_from([("hold", "simple"), ("composite", "band")]))
def test_another_future_changes_nothing_before_it(recipe: Recipe, part: float, modes: tuple[str, str]) -> None:
    market = recipe.market()
    start, end = market.span
    events = sorted({at for stream in market.world for at, _ in stream.settled if start <= at < end})
    if not events:
        return
    at_ms = events[int(part * (len(events) - 1))]
    other = altered(market.world, at_ms, random.Random(recipe.seed))
    sets = market.sets | {
        "backtest.spot_source": "spot"
    }  # which pairs borrow the perp's price hangs on all that is stored
    before, after = (run_engine(world, sets, market.span, modes) for world in (market.world, other))
    for one, two in zip(before, after, strict=True):
        assert up_to(one, at_ms) == up_to(two, at_ms)
