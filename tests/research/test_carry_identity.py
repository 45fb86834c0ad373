"""A perpetual always-on carry on real data: each payment is rate x quantity x mark, to the cent and to the last digit.

The files are read here as text, by csv alone, so that nothing of what is being tested says what they contain."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from fundarb.domain.instants import parse_instant
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.money import ZERO, quotient12
from fundarb.domain.orders import Leg
from fundarb.domain.result import RunResult
from tests.engine.running import run_engine
from tests.engine.worlds import Stream, read_world

DATA = Path(__file__).parents[3] / "shared" / "data"
MAJORS = ("majors-2020-2023", "2020-02-01", "2023-12-31T16:00Z")
WIDE = ("bybit-wide-2024", "2024-05-01", "2024-08-09T08:00Z")  # the perp's price stands in for spot
FEE_SPOT, FEE_PERP, SLIPPAGE = Decimal("0.001"), Decimal("0.00055"), Decimal("0.0005")
MINUTE = 60_000
DAY = 24 * 60 * MINUTE
ALWAYS = {
    "backtest.spot_source": "perp",
    "margin.mode": "none",
    "risk.max_portfolio": "null",
    "risk.pair_cap": "null",
    "risk.min_free_cash": "0",
}

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not DATA.is_dir(), reason=f"the real data is not at {DATA}")]


def rows(name: str, file: str) -> Iterator[dict[str, str]]:
    """The rows of a file of a set."""
    with gzip.open(DATA / name / f"{file}.csv.gz", "rt", newline="") as text:
        yield from csv.DictReader(text)


@cache
def settled(name: str) -> dict[str, dict[int, Decimal]]:
    """Rates by pair and full minute."""
    found: dict[str, dict[int, Decimal]] = {}
    for row in rows(name, "funding"):
        at_ms = (int(row["timestamp_ms"]) + MINUTE // 2) // MINUTE * MINUTE
        found.setdefault(row["symbol"], {})[at_ms] = Decimal(row["rate"])
    return found


@cache
def opens(name: str) -> dict[tuple[str, str, int], tuple[Decimal, Decimal, int]]:
    """(open, close, close time) by pair, market and open time; the sets have one interval only."""
    found = {}
    for row in rows(name, "candles"):
        at_ms, span_ms = int(row["open_time_ms"]), int(row["interval"].rstrip("h")) * 60 * MINUTE
        key = row["symbol"], row["market"], at_ms
        assert key not in found
        found[key] = Decimal(row["open"]), Decimal(row["close"]), at_ms + span_ms
    return found


@cache
def always_on(name: str, begin: str, end: str) -> tuple[tuple[Stream, ...], RunResult]:
    """Every pair listed at the start held from the first event to the last, whatever it pays."""
    world, no_spot = read_world(DATA / name)
    span = parse_instant(begin), parse_instant(end)
    return world, run_engine(world, ALWAYS, span, ["hold"], no_spot)[0]


def mark_of(name: str, symbol: str, at_ms: int, entry: Decimal) -> Decimal:
    """The open at that time of the mark candle, else of the perp candle; else the perp's last close of 24 h, else entry."""
    for market in ("mark", "perp"):
        candle = opens(name).get((symbol, market, at_ms))
        if candle is not None:
            return candle[0]
    for hours in range(1, 26):
        candle = opens(name).get((symbol, "perp", at_ms - hours * 60 * MINUTE))
        if candle is not None and at_ms - candle[2] <= DAY:
            return candle[1]
    return entry


@pytest.mark.parametrize(("name", "begin", "end"), [MAJORS, WIDE])
def test_every_settlement_held_through_pays_rate_times_quantity_times_mark(name: str, begin: str, end: str) -> None:
    """And none is missed, none paid twice, none paid at the opening: thousands of payments, each digit for digit."""
    _, found = always_on(name, begin, end)
    payments = [line for line in found.ledger if line.kind is LineKind.FUNDING]
    booked = {(line.pair, line.at_ms): line.cash for line in payments}
    assert len(booked) == len(payments) > 19_000
    wanted: dict[tuple[str | None, int], Decimal] = {}
    for trade in (*found.trades, *found.open):
        until = found.to_ms if trade.closed_ms is None else trade.closed_ms
        sold = fill(found, trade.pair, Leg.PERP, trade.opened_ms)
        for at_ms, rate in settled(name)[trade.pair].items():
            if trade.opened_ms < at_ms <= until:
                wanted[trade.pair, at_ms] = rate * trade.qty * mark_of(name, trade.pair, at_ms, sold.price or ZERO)
    assert booked == wanted
    assert found.totals.split.funding == sum(wanted.values(), ZERO)
    assert sum(cash < 0 for cash in wanted.values()) > 1000


@pytest.mark.parametrize(("name", "begin", "end"), [MAJORS, WIDE])
def test_what_an_always_on_carry_nets_is_funding_basis_and_costs(name: str, begin: str, end: str) -> None:
    """Of each trade: perp sold at p, spot bought at s, both closed at p' and s': q(p − p') + c(s' − s) of price, c the coins
    that came, fees and slippage of four fills. From the files and the fees alone."""
    world, found = always_on(name, begin, end)
    multipliers = {stream.pair.symbol: stream.pair.multiplier for stream in world}
    closed = [trade for trade in found.trades if trade.close_reason == "end"]
    assert len(closed) >= 6
    for trade in closed:
        assert trade.closed_ms is not None
        (p, s), (p_end, s_end) = (
            prices(name, trade.pair, at_ms, multipliers[trade.pair]) for at_ms in (trade.opened_ms, trade.closed_ms)
        )
        order = fill(found, trade.pair, Leg.SPOT, trade.opened_ms).qty or ZERO
        sold = fill(found, trade.pair, Leg.SPOT, trade.closed_ms).qty or ZERO
        came, q = order * (1 - FEE_SPOT), trade.qty
        assert trade.split.price == q * (p - p_end) + came * (s_end - s)
        assert trade.split.slippage == SLIPPAGE * (came * s + q * p + sold * s_end + q * p_end)
        spot_fees = order * s * (1 + SLIPPAGE) + sold * s_end * (1 - SLIPPAGE)
        perp_fees = q * p * (1 - SLIPPAGE) + q * p_end * (1 + SLIPPAGE)
        assert trade.split.fees == spot_fees * FEE_SPOT + perp_fees * FEE_PERP
        assert trade.split.other == 0


def fill(found: RunResult, symbol: str, leg: Leg, at_ms: int) -> LedgerLine:
    """The one fill of a leg at a time."""
    fitting = [line for line in found.ledger if line.kind is LineKind.FILL and line.at_ms == at_ms]
    (one,) = (line for line in fitting if (line.pair, line.leg) == (symbol, leg))
    return one


def prices(name: str, symbol: str, at_ms: int, multiplier: Decimal) -> tuple[Decimal, Decimal]:
    """(perp, spot) opens; where no spot is stored the perp's per base unit, at 12 decimals."""
    perp, spot = opens(name)[symbol, "perp", at_ms][0], opens(name).get((symbol, "spot", at_ms))
    return perp, spot[0] if spot else quotient12(perp, multiplier)
