"""Made-up markets wider than those of `markets`: intervals that change at any time, odd gaps, days without a price, listings
and ranges off the hour, fees by pair. Each follows from its seed alone, so that what a campaign of them reaches is known."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from random import Random

from fundarb.domain.instants import HOUR, MINUTE
from fundarb.domain.instrument import LotRule, Pair
from tests.engine.markets import LOT_SCALE, T0, Market
from tests.engine.markets import RATES as PLAIN_RATES
from tests.engine.worlds import Bar, Stream

BASES = ("A", "AA", "B", "1000C", "Z", "c")
RATES = (
    *PLAIN_RATES,
    *("0.02", "-0.015", "0.0000375", "0.0024"),
    *("0.000299999999", "0.0002999999999999", "0.0000999999999999", "0.000099999999"),
)
SPANS_H = (*[(1,)] * 6, (4,), (8,), (1, 4), (1, 8), (2, 4, 8), (3,), (1, 3, 8), (24,))
LISTINGS_H = (0, 1, 8, 16, 24, 26, 32, 40, 60, 72, 79, 96)
LEVELS = tuple(LOT_SCALE)
OFF_THE_HOUR_MS = (0, 0, 0, 1, -1, 17 * MINUTE)
CHOICES: dict[str, tuple[str, ...]] = {
    "costs.slippage_bps": ("0", "5", "37.5", "1"),
    "costs.fee_spot": ("0", "0.001", "0.001", "0.0123", "0.1"),
    "costs.fee_perp": ("0", "0.00055", "0.02"),
    "costs.spot_fee_in": ("quote", "base"),
    "costs.idle_apr": ("0", "0", "0.04", "1.7", "10"),
    "costs.delist_haircut": ("0.05", "0", "0.5", "1"),
    "margin.mode": ("isolated", "isolated", "isolated", "none"),
    "margin.leverage": ("2", "1", "3", "5", "1.5", "20"),
    "margin.mmr": ("0.005", "0", "0.1"),
    "margin.guard": ("0.2", "0", "0.05", "0.4", "0.01"),
    "margin.liq_loss": ("all", "returned"),
    "risk.max_positions": ("2", "1", "3", "0", "5"),
    "risk.max_portfolio": ("0.5", "null", "0.15", "1", "null"),
    "risk.pair_cap": ("2000", "null", "700", "1234.5"),
    "risk.min_free_cash": ("0.1", "0", "0", "0.6"),
    "risk.max_break_even_h": (*["null"] * 18, "200", "900"),
    "risk.min_volume": (*["null"] * 18, "2300", "100"),
    "strategy.min_hold_h": ("0", "0", "9", "24", "0.5", "8"),
    "strategy.exit_after_h": ("0", "0", "16", "33", "0.5", "8"),
    "strategy.simple.min_consecutive": ("1", "1", "2", "3", "5"),
    "strategy.simple.entry": ("0.0003", "0.0003", "0.0001", "0.0006"),
    "strategy.simple.exit": ("0.00005", "0.00009", "-0.0002", "0"),
    "strategy.composite.enter": ("0.3", "0.45", "0.5", "0.6"),
    "strategy.composite.exit": ("0.29", "0.2", "0.28"),
    "strategy.composite.rotate": ("true", "true", "true", "false"),
    "strategy.composite.weights.volume": ("0", "0", "0.1"),
    "strategy.band.enter": ("0.0003", "0.00022", "0.0001"),
    "strategy.band.exit": ("0.00009", "0", "-0.0002"),
    "sizing.mode": ("fixed", "conviction"),
    "sizing.size_usd": ("1000", "3000", "333.33", "100"),
    "sizing.size_min": ("200", "0"),
    "sizing.c_min": ("0.3", "0.2"),
    "sizing.c_max": ("0.5", "0.8", "0.31"),
    "sizing.drawdown_start": ("0.02", "0", "0.001"),
    "sizing.drawdown_stop": ("0.1", "0.03", "0.5"),
    "sizing.rho": ("0", "0.6", "1"),
    "backtest.close_at_end": ("true", "true", "false"),
    "backtest.spot_source": ("spot", "perp"),
    "capital": ("10000", "10000", "10000", "1500", "4000"),
}
OWN_COSTS = {"slippage_bps": ("11", "0"), "fee_spot": ("0.003", "0"), "fee_perp": ("0.003", "0")}


def wide_market(seed: int, warm_days: int) -> Market:
    """The market of a seed; `warm_days` of settlements come before anything else."""
    noise, warm_h = Random(seed), warm_days * 24
    days, first_h = noise.randint(1, 6), warm_h + noise.choice((0, 0, 8, 13, 1))
    last_h = max(warm_h + days * 24 + noise.choice((0, 0, 8, 13, -3, 1)), first_h + 1)
    span = tuple(T0 + hour * HOUR + noise.choice(OFF_THE_HOUR_MS) for hour in (first_h, last_h))
    symbols = sorted(f"{base}/USDT:USDT" for base in noise.sample(BASES, noise.randint(1, 5)))
    world = tuple(_stream(symbol, warm_h, last_h, noise) for symbol in symbols)
    sets = {path: noise.choice(texts) for path, texts in CHOICES.items()}
    if noise.random() < 0.3:
        own = noise.choice(symbols)
        sets |= {f"costs.pairs.{own}.{name}": noise.choice(texts) for name, texts in OWN_COSTS.items()}
    return Market(world, sets, (span[0], span[1]))


def _stream(symbol: str, warm_h: int, last_h: int, noise: Random) -> Stream:
    level, tick = noise.choice(LEVELS), Decimal(noise.choice(("10", "1", "0.01", "0.0000001", "0.00000000000001")))
    multiplier = Decimal(noise.choice(("1", "1", "1000", "10", "0.1")))
    path = _path(level, tick, warm_h, last_h, noise)
    size = min(tick, level / 10)
    spiky, patchy = noise.choice((0, 0.01, 0.05)), noise.choice((0, 0, 0, 0.03, 0.03, 0.2))

    def legs(scale: Decimal, missing: float, spike: float) -> tuple[Bar, ...]:
        def price(value: float) -> Decimal:
            return max(round(value / float(size)), 1) * size * scale

        return _bars(path, price, missing, spike, (warm_h, last_h), noise)

    return Stream(
        _pair(symbol, level, multiplier, warm_h, noise),
        _settlements(warm_h, last_h + 9, noise),
        perp=legs(Decimal(1), patchy, spiky),
        spot=() if noise.random() < 0.06 else legs(1 / multiplier, noise.choice((0, 0, 0, 0, 0.03, 0.2, 0.6)), 0),
        mark=legs(Decimal(1), noise.choice((0, 0.5)), spiky) if noise.random() < 0.4 else (),
    )


def _pair(symbol: str, level: Decimal, multiplier: Decimal, warm_h: int, noise: Random) -> Pair:
    scale = LOT_SCALE[level]
    perp, spot = (Decimal(noise.choice(("0.001", "0.01", "0.03", "0.007", "0.25", "0.1", "1"))) * scale for _ in "ps")
    least, dear, small = noise.choice([0] * 9 + [1, 1, 20]), noise.choice([0] * 6 + [5, 5, 400]), noise.choice((0, 1))
    listed = _moment(0.75, warm_h, noise)
    gone = _moment(0.7, warm_h, noise)
    return Pair(
        symbol,
        symbol.partition(":")[0],
        multiplier,
        LotRule(perp, perp * least, Decimal(dear)),
        LotRule(spot, spot * multiplier * small, Decimal(noise.choice([0] * 6 + [5, 5, 300]))),
        listed,
        None if gone is None or (listed is not None and gone <= listed) else gone,
        noise.choice((None, None, Decimal("0.01"), Decimal(0), Decimal("0.2"))),
    )


def _moment(never: float, warm_h: int, noise: Random) -> int | None:
    if noise.random() < never:
        return None
    return T0 + (warm_h + noise.choice(LISTINGS_H)) * HOUR + noise.choice(OFF_THE_HOUR_MS)


def _settlements(warm_h: int, end_h: int, noise: Random) -> tuple[tuple[int, Decimal], ...]:
    """Holes, changes of interval, odd gaps; now and then off the hour, late to begin or early to end."""
    found: list[tuple[int, Decimal]] = []
    at = (
        T0 + noise.choice((0, 0, 0, 1, 3, 5)) * HOUR + (noise.choice((30, 1, 15)) * MINUTE if _one_in(25, noise) else 0)
    )
    every_h, rate = noise.choice((8, 8, 4, 2, 1)), noise.choice(RATES)
    hole, odd, change = (
        noise.choice(chances) for chances in ((0, 0, 0, 0.05, 0.2), (0, 0, 0, 0.05), (0, 0, 0.02, 0.1))
    )
    born = T0 + (warm_h + noise.choice((5, 20, 40))) * HOUR if _one_in(8, noise) else 0
    last = T0 + (warm_h + noise.choice((30, 50, 70)) if _one_in(5, noise) else end_h) * HOUR
    steady = noise.choice((0.5, 0.9, 0.97))
    while at <= last:
        rate = rate if noise.random() < steady else noise.choice(RATES)
        if at >= born and (not found or noise.random() >= hole):
            found.append((at, Decimal(rate)))
        every_h = noise.choice((1, 2, 4, 8)) if noise.random() < change else every_h
        at += (every_h + (noise.choice((1, 2, 3, 5, 7, 9, 15, 17, 26, 40)) if noise.random() < odd else 0)) * HOUR
    return tuple(found)


def _one_in(count: int, noise: Random) -> bool:
    return noise.random() < 1 / count


def _path(level: Decimal, tick: Decimal, warm_h: int, last_h: int, noise: Random) -> dict[int, float]:
    """A price an hour, within fifty times either way; it may begin late."""
    price, found = float(level), {}
    jump, jumps = noise.choice((0, 0.03, 0.15)), noise.choice(((1.2, 1.5, 1.07, 1.05, 1.25), (1.2, 0.8, 0.95, 0.7)))
    for hour in range(max(warm_h - noise.choice((24, 24, 48, 1, 0, -10)), 0), last_h + 18):
        if noise.random() < jump:
            price *= noise.choice(jumps)
        elif tick < 1:
            price *= 1 + noise.randint(-30, 30) / 10_000
        found[hour] = price = min(max(price, float(level) / 50), float(level) * 50)
    return found


def _bars(
    path: dict[int, float],
    price: Callable[[float], Decimal],
    missing: float,
    spike: float,
    range_h: tuple[int, int],
    noise: Random,
) -> tuple[Bar, ...]:
    """Candles of several spans; opens need not be the close before. Some have no volume, some hours no candle."""
    begin, end = range_h
    hole_h = noise.randint(begin, end) if _one_in(5, noise) else None
    dark = range(0) if hole_h is None else range(hole_h, hole_h + noise.choice((3, 9, 17, 26, 40)))
    cut_h = noise.randint(begin + 1, end + 1) if _one_in(10, noise) else end + 99
    shift_h, silent = noise.choice((1, 2)) if _one_in(10, noise) else 0, noise.choice((0, 0, 0, 0.3))
    found = []
    for span in noise.choice(SPANS_H):
        for hour, level in path.items():
            gap = hour in dark or hour >= cut_h or noise.random() < missing
            if (hour - shift_h) % span or hour + span not in path or gap:
                continue
            opened = price(level * noise.choice((1.01, 0.99, 1.2, 0.9)) if noise.random() < 0.03 else level)
            close = price(path[hour + span])
            high = price(level * noise.choice((1.5, 1.2, 2.0, 1.493, 3.1))) if noise.random() < spike else opened
            volume = None if noise.random() < silent else Decimal(noise.choice(("0", "1", "1.25", "1", "3", "0.25")))
            prices = opened, max(high, opened, close), min(opened, close), close
            found.append(Bar(T0 + hour * HOUR, span * HOUR, *prices, volume))
    return tuple(sorted(found, key=lambda bar: (bar.open_at, bar.span)))
