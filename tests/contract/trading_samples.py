"""Trading nouns with every field filled, for suites that must get back exactly what they put in."""

from __future__ import annotations

from decimal import Decimal

from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.orders import Fill, Leg, Order, Side
from fundarb.domain.position import Split
from fundarb.domain.result import Counts, RunResult, Totals, TradeRow

BTC, ETH = "BTC/USDT:USDT", "ETH/USDT:USDT"
ADOPTED = "NOBODY/LISTS:THIS"
HOUR_MS = 3_600_000


def deposit(at_ms: int = 0, amount: str = "10000") -> LedgerLine:
    """Capital put in."""
    return LedgerLine(at_ms, LineKind.DEPOSIT, None, Decimal(amount))


def perp_sale(at_ms: int, pair: str = BTC, qty: str = "0.015") -> LedgerLine:
    """A fill that fills every field a fill has."""
    fee = Decimal(qty) * Decimal("43210.5") * Decimal("0.00055")
    return LedgerLine(
        at_ms,
        LineKind.FILL,
        pair,
        -fee,
        Leg.PERP,
        Side.SELL,
        Decimal(qty),
        Decimal("43210.5"),
        Decimal("43232.1"),
        fee,
        "quote",
        reason="rate",
    )


def payment(at_ms: int, pair: str = BTC) -> LedgerLine:
    """Funding, with a rate of many digits and a stale mark."""
    return LedgerLine(
        at_ms,
        LineKind.FUNDING,
        pair,
        Decimal("0.000000000123456789012345678901234567"),
        Leg.PERP,
        None,
        Decimal("0.015"),
        Decimal("43000"),
        rate=Decimal("-0.000000012345678901234567"),
        stale_mark=True,
    )


def intent(client_id: str, created_ms: int = 1, symbol: str = BTC) -> Order:
    """An order not yet sent."""
    return Order(
        client_id,
        f"trade of {client_id}",
        symbol,
        Leg.PERP,
        Side.SELL,
        Decimal("0.015"),
        Decimal("43210.5"),
        False,
        created_ms,
    )


def execution(execution_id: str, filled_ms: int = 1, client_id: str | None = "c1", symbol: str = BTC) -> Fill:
    """One execution of an order, or (client id None) of nobody's."""
    return Fill(
        execution_id,
        client_id,
        symbol,
        Leg.PERP,
        Side.SELL,
        Decimal("0.015"),
        Decimal("43210.5"),
        Decimal("43232.1"),
        Decimal("0.35648662500"),
        "USDT",
        filled_ms,
    )


def a_run(run_id: str, mode: str = "simple", net: str = "12.5") -> RunResult:
    """A run with something in every field, floats that only repr writes back to the bit, and digits to the 36th place."""
    split = Split(
        Decimal(net), Decimal("-1.000000000000000000000000000000000001"), Decimal("3.25"), Decimal("0.5"), Decimal("0")
    )
    closed = TradeRow(BTC, HOUR_MS, 9 * HOUR_MS, Decimal("0.015"), "rate", "stale", split)
    still_open = TradeRow(ETH, 8 * HOUR_MS, None, Decimal("1.25"), "score", None, Split(funding=Decimal("0.1")))
    return RunResult(
        run_id=run_id,
        mode=mode,
        from_ms=0,
        to_ms=24 * HOUR_MS,
        params={"strategy.mode": mode, "capital": "10000", "strategy.band.enter": None},
        data_hash="d41d8cd9",
        flags=("open_at_end", "stale_price"),
        totals=Totals(split, Decimal("10007.749999999999999999999999999999999999"), Decimal("-3.5")),
        metrics={"sharpe_daily": 0.1 + 0.2, "cagr": 1e-17, "calmar": None, "max_drawdown": -0.0},
        counts=Counts(trades=1, entries=2, refused={"stale_data": 3, "halted": 1}, no_price=4, rotations=5),
        universe=(BTC, ETH),
        excluded={"DOGE/USDT:USDT": "no_spot_market"},
        trades=(closed,),
        open=(still_open,),
        equity=((0, Decimal("10000")), (0, Decimal("10000")), (8 * HOUR_MS, Decimal("10007.75"))),
        ledger=(deposit(), perp_sale(HOUR_MS), payment(8 * HOUR_MS), perp_sale(HOUR_MS, ETH, "1.25")),
    )
