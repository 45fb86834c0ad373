"""Golden values of performance figures, as printed (ten significant digits) by an independent script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from math import prod

import numpy as np
import pytest

from fundarb.domain.instants import DAY, HOUR
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.position import Split
from fundarb.domain.result import TradeRow
from fundarb.research.metrics import Evidence, metrics
from fundarb.statistics.performance import cagr, max_drawdown, ratio, returns, sharpe, sortino
from tests.signals.making import NOTHING, T0, built, pair, settlements
from tests.signals.reference import Streams

EIGHT_HOURLY = [
    "1.001",
    "1.0005",
    "0.998",
    "1.0015",
    "1.0008",
    "0.9996",
    "1.0012",
    "0.999",
    "1.0007",
    "1.0009",
    "1",
    "1.0006",
]
NOTHING_HELD = Evidence(T0, T0 + 10 * DAY, [T0, T0 + 10 * DAY], [Decimal(2000)] * 2, [0.0, 0.0], Split(), [], [], [])
PANEL = built(
    [pair("A"), pair("B")],
    [
        Streams(settlements((0, 0.01), (8, 0.009), (16, -0.02), (240, 0.003), (248, 9)), NOTHING, NOTHING, NOTHING),
        Streams(settlements((8, 0.5)), NOTHING, NOTHING, NOTHING),
    ],
    T0 + 20 * DAY,
)


def printed(values: Iterable[float | None]) -> str:
    return "  ".join("None" if value is None else f"{value:.10g}" for value in values)


def equity() -> list[Decimal]:
    """One, grown by each of the twelve returns, exactly."""
    steps = [Decimal(step) for step in EIGHT_HOURLY]
    return [prod(steps[:count], start=Decimal(1)) for count in range(len(steps) + 1)]


def measured(run: Evidence) -> Mapping[str, float | None]:
    return metrics(run, PANEL)


def test_k01_one_series_has_one_sharpe_by_eight_hours_and_another_by_days() -> None:
    assert printed([sharpe(returns(equity()), 1095), sharpe(returns(equity()[::3]), 365)]) == "10.38631233  17.24435221"


def test_k02_k03_sortino_drawdown_growth_and_calmar() -> None:
    values = equity()
    growth, deepest = cagr(values[0], values[-1], 4), max_drawdown(values)
    assert growth is not None
    found = [sortino(returns(values), 1095), deepest, growth, ratio(growth, deepest)]
    assert printed(found) == "15.9799414  0.002  0.4136630138  206.8315069"


def test_k01_k02_the_metrics_of_a_run_take_the_same_figures_from_its_days() -> None:
    midnight = T0 // DAY * DAY
    values = equity()
    run = replace(
        NOTHING_HELD,
        from_ms=midnight,
        to_ms=midnight + 4 * DAY,
        times=[midnight + 8 * HOUR * n for n in range(13)],
        equity=values,
        in_use=[0.0] * 13,
        split=Split(funding=values[-1] - 1),
    )
    found = measured(run)
    names = ("sharpe_daily", "max_drawdown", "cagr", "calmar")
    assert printed(found[name] for name in names) == "17.24435221  0.002  0.4136630138  206.8315069"
    assert found["apr_on_capital"] == pytest.approx(float(values[-1] - 1) * 365 / 4)
    assert found["sharpe_weekly"] is None


def trade(net: str, opened_h: int = 0, closed_h: int | None = 8, of: str = "A/USDT:USDT") -> TradeRow:
    closed_ms = None if closed_h is None else T0 + closed_h * HOUR
    return TradeRow(of, T0 + opened_h * HOUR, closed_ms, Decimal(1), "rate", "rate", Split(price=Decimal(net)))


def test_k04_a_trade_of_nothing_is_no_win() -> None:
    trades = [trade(net) for net in ("12", "-5", "8", "-3", "0", "20")]
    found = measured(replace(NOTHING_HELD, trades=trades))
    assert printed([found["win_rate"], found["profit_factor"]]) == "0.5  5"
    assert found["avg_hold_hours"] == 8


def lived(hours: Sequence[float], in_use: Sequence[float], split: Split, capital: str = "2000") -> Evidence:
    times = [T0, *(T0 + round(float(h) * HOUR) for h in np.cumsum(hours))]
    return replace(
        NOTHING_HELD,
        to_ms=times[-1],
        times=times,
        equity=[Decimal(capital)] * len(times),
        in_use=[*in_use, 0.0],
        split=split,
    )


def test_k05_utilisation_weighs_capital_in_use_by_time() -> None:
    found = measured(lived([40, 80, 40], [1000, 500, 0], Split(funding=Decimal(200))))
    assert found["utilisation"] == 0.25
    assert printed([200 / (found["return_on_capital"] or 0)]) == "666.6666667"  # the mean capital while any was in use


def test_k06_fee_drag_capture_and_return_on_spot_and_margin() -> None:
    split = Split(funding=Decimal(120), price=Decimal(-4), fees=Decimal(35), slippage=Decimal(6))
    assert printed([float(split.net / Decimal(120))]) == "0.625"
    found = measured(lived([240], [15_000], split, capital="20000"))
    assert printed([found["fee_drag"], found["return_on_capital"]]) == "0.3416666667  0.005"


def test_k06_capture_is_what_was_booked_over_what_was_positive_while_it_ran() -> None:
    booked = [LedgerLine(T0, LineKind.FUNDING, "A/USDT:USDT", Decimal(1), rate=Decimal(r)) for r in ("0.0106", "0.007")]
    run = replace(NOTHING_HELD, trades=[trade("1")], ledger=booked)
    assert measured(run)["funding_capture"] == pytest.approx(0.8)  # of .01 + .009 + .003, both ends included
    both = replace(run, open=[trade("1", closed_h=None, of="B/USDT:USDT")])
    assert measured(both)["funding_capture"] == pytest.approx(0.0176 / 0.522)


def test_what_has_no_denominator_is_absent_rather_than_nothing_or_endless() -> None:
    found = measured(NOTHING_HELD)
    absent = {name for name, value in found.items() if value is None}
    assert absent == {
        "sharpe_daily", "sharpe_weekly", "sharpe_lo", "sortino", "calmar", "win_rate", "profit_factor", "fee_drag",
        "funding_capture", "avg_hold_hours", "return_on_capital",
    }  # fmt: skip
    assert (found["cagr"], found["max_drawdown"], found["utilisation"], found["turnover"]) == (0, 0, 0, 0)


def test_turnover_takes_every_leg_at_its_price_over_the_mean_equity() -> None:
    kinds = (LineKind.FILL, LineKind.GUARD, LineKind.LIQUIDATION, LineKind.DELISTING, LineKind.FUNDING)
    booked = [LedgerLine(T0, kind, "A/USDT:USDT", Decimal(0), qty=Decimal(2), price=Decimal(250)) for kind in kinds]
    assert measured(replace(NOTHING_HELD, ledger=booked))["turnover"] == 1
