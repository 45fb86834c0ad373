"""What the venue lists by default: hedgeable pairs by how much they are traded, and beside them whatever real venues have
that trips programs up: perps without spot, spots without perp, dated futures, a stock, and coins that come and go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

from fundarb.sandbox.market.coins import Coin
from fundarb.sandbox.market.names import KNOWN, MAJORS, MULTIPLIERS, made_up
from fundarb.sandbox.market.source import DAY, EPOCH_MS, HOUR

MOST_PAIRS = 1000
CHANGING = "TIA"  # its perp goes from 8 h to 1 h to 4 h by plan
CHANGING_LAUNCH_MS = EPOCH_MS + 731 * DAY  # 2025-01-01
CHANGING_SHAPE = ((8, 300), (1, 900), (4, 500))  # interval in hours, settlements: 1,700 from the launch on

_FIRST_YEAR, _LAST_YEAR = 2023, 2033
_CAPS = (0.005, 0.0075, 0.01, 0.015, 0.02)
_INTERVALS = (8, 4, 8, 4, 8, 4, 4, 8, 4, 1)
_LATER_FROM = 30  # coins of higher rank come to the venue after the epoch
_LISTED_WITHIN = 900  # days of the epoch
_COMERS_EVERY = 90  # days
_COMER_LIVES = 400  # days
_COMER_ANNOUNCED = 95  # days before it trades, so that there is always one to come


def universe(pairs: int) -> Sequence[Coin]:
    """`pairs` hedgeable coins that stay, and the odd ones."""
    if not 1 <= pairs <= MOST_PAIRS:
        raise ValueError(f"between 1 and {MOST_PAIRS} pairs, not {pairs}")
    names = made_up()
    known = [*MAJORS, *KNOWN]
    invented = ((name, 0.02 * 7.0 ** (at % 5)) for at, name in enumerate(islice(names, MOST_PAIRS)))
    named = [*known, *invented][:pairs]
    return [*(_staying(rank, *entry) for rank, entry in enumerate(named)), *_odd(), *_passing()]


def changing(
    name: str = CHANGING,
    launch_ms: int = CHANGING_LAUNCH_MS,
    shape: Sequence[tuple[int, int]] = CHANGING_SHAPE,
    price: float = 2.4,
    turnover: float = 2e8,
) -> Coin:
    """A coin whose funding interval changes by plan: so many settlements at so many hours, the last for good."""
    plan, at_ms = [], launch_ms
    for hours, count in shape:
        plan.append((at_ms, hours))
        at_ms += hours * count * HOUR
    return Coin(name, price, turnover, interval_h=shape[0][0], plan=tuple(plan), launch_ms=launch_ms)


def _staying(rank: int, name: str, price: float) -> Coin:
    turnover = 1.2e10 / (1 + rank) ** 1.6
    if name in dict(MAJORS):
        return Coin(name, price, turnover, major=True, cap=0.00375, dated=tuple(_quarters()))
    if name == CHANGING:
        return changing(turnover=turnover, price=price)
    return Coin(
        name,
        price,
        turnover,
        multiplier=MULTIPLIERS.get(name, 1),
        cap=_CAPS[rank * 7 % len(_CAPS)],
        interval_h=_INTERVALS[rank % len(_INTERVALS)],
        calm_h=(4, 8, 2)[rank % 3] if _INTERVALS[rank % len(_INTERVALS)] == 8 else 4,
        launch_ms=EPOCH_MS if rank < _LATER_FROM else EPOCH_MS + rank * 37 % _LISTED_WITHIN * DAY + 10 * HOUR,
    )


def _odd() -> Iterator[Coin]:
    """Markets that are no pair, or not of coins."""
    yield Coin("MNT", 0.55, 2e7, perp=False)
    yield Coin("USDC", 1.0, 3e8, perp=False, swing=0.002)
    yield Coin("BTT", 0.0000007, 4e6, multiplier=1000, spot=False, cap=0.01, interval_h=4)
    yield Coin("LIT", 0.7, 3e6, spot=False, interval_h=8, cap=0.0075)
    yield Coin("TSLA", 123.0, 8e6, kind="stock", spot=False, interval_h=4, swing=0.6)
    yield Coin("TSLAX", 123.0, 1e6, kind="xstocks", perp=False, swing=0.6)


def _passing() -> Iterator[Coin]:
    """Coins that are announced, trade for a while and leave, all the time."""
    names = islice(made_up(), MOST_PAIRS, None)
    days = range(30, (_LAST_YEAR - _FIRST_YEAR) * 365, _COMERS_EVERY)
    for at, (name, day) in enumerate(zip(names, days, strict=False)):
        launch_ms = EPOCH_MS + day * DAY + 8 * HOUR
        yield Coin(
            name,
            0.3 * 3.0 ** (at % 4),
            3e6 * (1 + at % 5),
            interval_h=(4, 8)[at % 2],
            cap=_CAPS[at % len(_CAPS)],
            kind=("innovation", "adventure")[at % 2],
            launch_ms=launch_ms,
            announced_ms=launch_ms - _COMER_ANNOUNCED * DAY,
            gone_ms=launch_ms + (_COMER_LIVES - 40 * (at % 3)) * DAY + 2 * HOUR,
        )


def _quarters() -> Iterator[int]:
    """The last Friday of each quarter at 08:00."""
    for year in range(_FIRST_YEAR, _LAST_YEAR):
        for month in (3, 6, 9, 12):
            after = datetime(year + month // 12, month % 12 + 1, 1, 8, tzinfo=UTC)
            back = (after.weekday() - 4 - 1) % 7 + 1
            yield int((after - timedelta(days=back)).timestamp()) * 1000
