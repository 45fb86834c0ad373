"""The markets that a coin has: its spot, its perp, its dated futures, with the grids their numbers lie on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from math import floor, log10

from fundarb.sandbox.market.coins import NOTICE_MS, SPOT_STAYS_MS, Coin
from fundarb.sandbox.market.grid import Grid
from fundarb.sandbox.market.source import DAY, Instrument

_SPOT_SHARE = 0.3  # of the perp's turnover
_DATED_SHARE = 0.01
_DATED_LISTED_MS = 190 * DAY  # before they deliver
_LEAST_NOTIONAL = Decimal(5)
_DIGITS = 5  # of a price, after its first


@dataclass(frozen=True, slots=True, eq=False)
class Tradable:
    """One market: what the venue says of it, and how its numbers are made and written."""

    instrument: Instrument
    coin: Coin
    units: int  # of the coin in one unit of the market
    price: Grid
    lot: Grid  # of orders
    volume: Grid  # of what was traded
    turnover: float  # a day, in quote
    delivers_ms: int | None = None  # of a dated future

    def living(self, at_ms: int) -> int:
        """`at_ms` within the market's life: one that is gone stands where it stood last."""
        life = self.instrument
        latest = at_ms if life.gone_ms is None else min(at_ms, life.gone_ms - 1)
        return max(latest, life.launch_ms)


def tradables(coin: Coin) -> Iterator[Tradable]:
    """Every market of a coin."""
    if coin.spot:
        yield _spot(coin)
    if coin.perp:
        yield _perp(coin)
    yield from (_dated(coin, delivers_ms) for delivers_ms in coin.dated)


def _spot(coin: Coin) -> Tradable:
    size = _size(coin.price)
    price, lot = Grid(_DIGITS - size), Grid(size + 2)
    gone_ms = None if coin.gone_ms is None else coin.gone_ms + SPOT_STAYS_MS
    most = _most(coin.turnover * _SPOT_SHARE, coin.price, lot)
    instrument = Instrument(
        symbol=f"{coin.name}USDT",
        category="spot",
        base=coin.name,
        quote="USDT",
        contract="",
        kind="xstocks" if coin.kind == "stock" else coin.kind,
        tick=price.step,
        step=lot.step,
        min_qty=lot.step,
        min_notional=_LEAST_NOTIONAL,
        max_qty=most,
        max_market_qty=_half(most, lot),
        launch_ms=coin.launch_ms,
        announced_ms=coin.launch_ms,
        gone_ms=gone_ms,
    )
    return Tradable(instrument, coin, 1, price, lot, lot, coin.turnover * _SPOT_SHARE)


def _perp(coin: Coin) -> Tradable:
    return _linear(coin, f"{coin.perp_base}USDT", coin.turnover, None)


def _dated(coin: Coin, delivers_ms: int) -> Tradable:
    day = datetime.fromtimestamp(delivers_ms / 1000, UTC)
    return _linear(coin, f"{coin.name}-{day:%d%b%y}".upper(), coin.turnover * _DATED_SHARE, delivers_ms)


def _linear(coin: Coin, symbol: str, turnover: float, delivers_ms: int | None) -> Tradable:
    start = coin.price * coin.multiplier
    size = _size(start)
    price, lot = Grid(_DIGITS - size), Grid(size - 1 if size > 1 else size + 1)
    most = _most(turnover, start, lot)
    announced_ms = coin.launch_ms if coin.announced_ms is None else coin.announced_ms
    notice_ms = None if coin.gone_ms is None else coin.gone_ms - NOTICE_MS
    launch_ms, gone_ms = coin.launch_ms, coin.gone_ms
    if delivers_ms is not None:
        launch_ms = announced_ms = notice_ms = max(coin.launch_ms, delivers_ms - _DATED_LISTED_MS)
        gone_ms = delivers_ms
    instrument = Instrument(
        symbol=symbol,
        category="linear",
        base=coin.perp_base,
        quote="USDT",
        contract="LinearPerpetual" if delivers_ms is None else "LinearFutures",
        kind=coin.kind,
        tick=price.step,
        step=lot.step,
        min_qty=lot.step,
        min_notional=_LEAST_NOTIONAL,
        max_qty=most,
        max_market_qty=_half(most, lot),
        launch_ms=launch_ms,
        announced_ms=announced_ms,
        delivery_announced_ms=notice_ms,
        gone_ms=gone_ms,
        max_leverage=Decimal(100 if coin.major else 25),
        maintenance=Decimal("0.005") if coin.major else Decimal("0.02"),
        funding_cap=Decimal(0) if delivers_ms is not None else Decimal(repr(coin.cap)),
    )
    return Tradable(instrument, coin, coin.multiplier, price, lot, lot, turnover, delivers_ms)


def _size(price: float) -> int:
    """How many places the first digit of a price is left of the units."""
    return floor(log10(price))


def _most(turnover: float, price: float, lot: Grid) -> Decimal:
    """The largest order: a two-hundredth of a day's volume, a round number of lots."""
    lots = max(10.0, turnover / 200 / price / lot.size)
    return lot.decimal(10 ** floor(log10(lots)))


def _half(most: Decimal, lot: Grid) -> Decimal:
    return max(lot.step, most / 2)
