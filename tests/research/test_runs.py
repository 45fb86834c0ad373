"""Whole runs in a market of flat prices: golden values of the strategy facts, and defects that must not come back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal

import pytest

from fundarb.domain.instants import HOUR
from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.money import ZERO
from fundarb.domain.result import RunResult
from fundarb.reporting.run_document import runs_document
from tests.engine.running import run_engine
from tests.engine.worlds import Bar, Stream
from tests.golden.backtest_cases import load, run_json

T0 = 1_704_067_200_000
LOTS = LotRule(Decimal("0.001"), ZERO, ZERO)
FREE = {"costs.fee_spot": "0", "costs.fee_perp": "0", "costs.slippage_bps": "0", "margin.mode": "none"}


def flat(rates_bp: Sequence[str], prices: Sequence[int] | None = None, name: str = "A") -> Stream:
    """A settlement every 8 h and candles that open there, at 100 unless said otherwise."""
    pair = Pair(f"{name}/USDT:USDT", f"{name}/USDT", Decimal(1), LOTS, LOTS)
    bars = []
    for nth in range(-1, len(rates_bp) + 1):
        price = Decimal(prices[min(max(nth, 0), len(prices) - 1)] if prices else 100)
        bars.append(Bar(T0 + nth * 8 * HOUR, 8 * HOUR, price, price, price, price, None))
    settled = [(T0 - 8 * HOUR, ZERO)]
    settled += [(T0 + nth * 8 * HOUR, Decimal(rate).scaleb(-4)) for nth, rate in enumerate(rates_bp)]
    return Stream(pair, tuple(settled), perp=tuple(bars), spot=tuple(bars))


def run(stream: Stream, mode: str = "simple", **sets: str) -> RunResult:
    given = FREE | {name.replace("__", "."): text for name, text in sets.items()}
    return run_engine((stream,), given, (T0, stream.settled[-1][0] + 8 * HOUR), [mode])[0]


def test_x01_a_rate_on_the_exit_threshold_keeps_the_position() -> None:
    """v1.0 left at `<=`: two trades and 2 bp where `<` makes one and 11.9 bp."""
    found = run(flat(["3", "1", "1", "1", "2", "1", "1", "3", "1", "0.9"]))
    assert found.counts.trades == 1
    assert found.totals.split.funding == Decimal("1.19")
    assert [trade.close_reason for trade in found.trades] == ["rate"]


def test_x02_a_position_earns_from_the_settlement_after_its_opening() -> None:
    """What was paid at the opening would make 12 bp of what is 2."""
    found = run(flat(["1", "1", "6", "1", "1", "1", "6", "1"]), strategy__simple__exit="0.00015")
    assert found.counts.trades == 2
    assert found.totals.split.funding == Decimal("0.2")


def test_m02_funding_is_paid_on_the_mark_not_on_the_entry() -> None:
    stream = flat(["5", "1", "1", "1"], [100, 100, 120, 150])
    found = run(stream, strategy__simple__exit="0", sizing__size_usd="100")
    assert found.totals.split.funding == Decimal("0.037")


def test_equal_aprs_at_different_intervals_rank_by_symbol() -> None:
    """M03: 1 bp an hour is 8 bp per 8 h; with one slot the first symbol takes it."""
    eight = flat(["8", "8"], name="B")
    hourly = tuple((T0 + hour * HOUR, Decimal("0.0001")) for hour in range(-8, 17))
    world = [Stream(Pair("A/USDT:USDT", "A/USDT", Decimal(1), LOTS, LOTS), hourly, eight.perp, eight.spot), eight]
    sets = FREE | {"risk.max_positions": "1"}
    found = run_engine(world, sets, (T0, T0 + 16 * HOUR), ["simple"])[0]
    assert [trade.pair for trade in found.trades] == ["A/USDT:USDT"]


def test_the_same_run_twice_gives_the_same_bytes() -> None:
    case = load("mixture_defaults")

    def document() -> str:
        runs = run_engine(case.world, case.sets, case.span, case.modes, case.no_spot)
        return json.dumps([runs_document(runs, runs[:1], trades=True, equity=True), [run_json(one) for one in runs]])

    assert document() == document()


def test_another_parameter_range_or_rate_is_another_run() -> None:
    stream = flat(["5", "1", "1"])
    other = flat(["5", "1", "1.0000000000000000000001"])
    ids = [run(stream), run(stream, mode="hold"), run(stream, capital="9999"), run(other)]
    ids += run_engine((stream,), FREE, (T0, T0 + 9 * HOUR), ["simple"])
    assert len({one.run_id for one in ids}) == len(ids)
    assert run(stream).run_id == ids[0].run_id


def test_wins_are_above_zero_and_profit_is_over_loss() -> None:
    """K04: a trade of exactly nothing is no win. Four trades make .4, .4, 0 and −.2."""
    rates = ["5", "4", "-1", "5", "4", "-1", "5", "1", "-1", "5", "-1", "-1"]
    found = run(flat(rates), strategy__simple__exit="0")
    nets = [trade.split.net for trade in found.trades]
    assert nets == [Decimal("0.3"), Decimal("0.3"), ZERO, Decimal("-0.1")]
    assert found.metrics["win_rate"] == 0.5
    assert found.metrics["profit_factor"] == pytest.approx(6.0, abs=1e-12)


def test_capital_in_use_is_weighed_by_time_and_capture_by_what_was_offered() -> None:
    """K05, K06: 1000 of some 10000 in use for three of four spells; 4 bp booked of 14 offered."""
    found = run(flat(["5", "4", "0", "5"]), strategy__simple__exit="0.0001")
    assert found.counts.trades == 2
    assert found.metrics["utilisation"] == pytest.approx(0.1 * 3 / 4, rel=1e-4)
    assert found.metrics["funding_capture"] == pytest.approx(4 / 14)
    assert found.metrics["return_on_capital"] == pytest.approx(float(found.totals.split.net) / 1000)


def test_a_run_without_a_trade_has_no_figures_of_trades() -> None:
    metrics = run(flat(["0", "0", "0", "0"])).metrics
    undefined = ("sharpe_daily", "sortino", "calmar", "win_rate", "profit_factor", "fee_drag", "funding_capture")
    assert [metrics[name] for name in undefined] == [None] * len(undefined)
    assert metrics["max_drawdown"] == 0
    assert metrics["utilisation"] == 0


def test_a_gain_within_minutes_has_no_yearly_rate() -> None:
    """Compounded over a year it is beyond any number: undefined, and never a crash."""
    stream = flat(["5", "5"])
    dear = tuple(bar._replace(open=Decimal(3000)) if bar.open_at > T0 + 8 * HOUR else bar for bar in stream.spot)
    found = run(Stream(stream.pair, stream.settled, stream.perp, dear))
    assert found.equity[-1][1] > 30_000
    assert found.metrics["cagr"] is None
    assert found.metrics["calmar"] is None


def test_capital_below_nothing_has_no_returns() -> None:
    """Unmargined and unfunded: the loss of the short is more than all there is."""
    stream = flat(["5"] * 7, [100, 100, 100, 100, 100, 100, 2000])
    spot = tuple(bar._replace(open=Decimal(100), close=Decimal(100), high=Decimal(100)) for bar in stream.spot)
    found = run(Stream(stream.pair, stream.settled, stream.perp, spot), risk__max_portfolio="null")
    assert found.equity[-1][1] < 0
    assert "unfunded" in found.flags
    assert found.metrics["cagr"] is None
    assert found.metrics["sharpe_daily"] is None
