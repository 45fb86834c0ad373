"""One invocation of backtest: what is refused, what is said, and what makes a run another run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from fundarb.bootstrap.setup import setup_of
from fundarb.config import resolve
from fundarb.domain.instants import HOUR
from fundarb.domain.market import Span
from fundarb.errors import DataError
from fundarb.research.backtest import plan_mode
from fundarb.research.comparison import Comparison, compare
from fundarb.research.rules import Setup
from fundarb.research.stage import set_stage
from fundarb.signals.band_fit import FittedEdges
from fundarb.signals.panel import Panel, Stamps
from fundarb.strategy.params import Mode
from tests.contract.executors import PEPE
from tests.contract.replays import END_MS, START_MS, panel_of
from tests.engine.worlds import Stream
from tests.engine.worlds import panel_of as world_panel

WHOLE = Span(START_MS, END_MS)
NEW_YEAR = 1_704_067_200_000  # 2024


def setup(*sets: str) -> Setup:
    return setup_of(resolve((), {}, sets, {}, Path("none.db")).settings)


async def compared(
    panel: Panel,
    span: Span = WHOLE,
    modes: Sequence[Mode] = ("simple",),
    excluded: Mapping[str, str] | None = None,
    later: Mapping[str, Stamps] | None = None,
    sets: Sequence[str] = (),
) -> Comparison:
    async def load(_: Sequence[str], __: int) -> Panel:
        return panel

    return await compare(
        load,
        setup(*sets),
        [PEPE.symbol],
        excluded or {},
        span,
        modes,
        chosen_by_turnover_ms=None,
        strict=False,
        later=later,
    )


@pytest.mark.parametrize(("since_day", "enough"), [(25, False), (24, True)])
async def test_the_history_that_would_suffice_does_for_the_first_settlement(since_day: int, enough: bool) -> None:
    """The first row that is brought has no interval, so the oldest that counts comes after it."""
    rows = tuple((NEW_YEAR + 8 * HOUR * k, Decimal("0.0005")) for k in range(3 * (since_day - 32), 1))
    panel = world_panel((Stream(PEPE, rows),), NEW_YEAR + HOUR)
    found = await compared(panel, Span(NEW_YEAR, NEW_YEAR + HOUR), ("composite",))
    told = [note for note in found.notes if "composite could decide nothing" in note]
    assert (not told) is enough
    assert all("history since 2023-12-24 would suffice" in note for note in told)


async def test_a_range_between_two_settlements_is_no_backtest() -> None:
    with pytest.raises(DataError, match="no settlement from"):
        await compared(panel_of(PEPE), Span(START_MS + HOUR, START_MS + 3 * HOUR))


async def test_a_delay_after_which_no_candle_opens_is_refused() -> None:
    with pytest.raises(DataError, match=r"open 20m after a settlement, which is backtest\.delay; .*fetch --interval"):
        await compared(panel_of(PEPE), sets=("backtest.delay=20m",))


async def test_what_was_left_out_makes_another_run() -> None:
    panel = panel_of(PEPE)
    plain, without = await compared(panel), await compared(panel, excluded={"X/USDT:USDT": "no_spot_market"})
    assert plain.runs[0].run_id != without.runs[0].run_id
    assert without.runs[0].excluded == {"X/USDT:USDT": "no_spot_market"}
    assert plain.runs[0].run_id == (await compared(panel)).runs[0].run_id


async def test_rates_no_venue_lets_pass_are_said() -> None:
    panel = panel_of(PEPE)
    assert not any("cap" in note for note in (await compared(panel)).notes)
    absurd = np.array(panel.settlements.rate)
    absurd[2] = 0.9
    object.__setattr__(panel.settlements, "rate", absurd)
    (note,) = [note for note in (await compared(panel)).notes if "cap" in note]
    assert note.startswith("1 settlement beyond 5%, ")
    assert PEPE.symbol in note


async def test_an_interval_that_grows_at_the_end_is_no_missing_payment_in_hindsight() -> None:
    panel, end_ms = panel_of(PEPE), START_MS + 47 * HOUR
    stamps = START_MS + np.array([0, 1, 2, 3, 4, 5, 6, 10], dtype=np.int64) * HOUR
    object.__setattr__(panel.settlements, "settled_at", stamps[:7])
    assert (await compared(panel, Span(START_MS, START_MS + 9 * HOUR))).runs[0].counts.missing_settlements == 2
    grown = {PEPE.symbol: np.append(stamps[7:], [START_MS + 14 * HOUR])}
    hindsight = await compared(panel, Span(START_MS, START_MS + 9 * HOUR), later=grown)
    assert hindsight.runs[0].counts.missing_settlements == 0
    assert end_ms > stamps[-1]


async def test_a_band_nobody_waits_for_any_more_stops_fitting(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted, loop, begun = [], asyncio.get_running_loop(), asyncio.Event()

    def month_starts(_: object) -> list[int]:
        return list(range(START_MS, START_MS + 10_000))

    def fit_edges(*given: object) -> object:
        fitted.append(given[2])
        loop.call_soon_threadsafe(begun.set)
        time.sleep(0.01)
        return FittedEdges(Decimal(1), Decimal(0))

    monkeypatch.setattr("fundarb.signals.band_fit.month_starts", month_starts)
    monkeypatch.setattr("fundarb.signals.band_fit.fit_edges", fit_edges)
    stage = set_stage(panel_of(PEPE), setup(), START_MS, END_MS, {}, "test")
    task = asyncio.create_task(plan_mode(stage, setup(), "band"))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0.1)
    count = len(fitted)
    await asyncio.sleep(0.1)
    assert count == len(fitted) < 1000
