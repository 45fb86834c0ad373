"""What every Trials promises: a trial is stored once and comes back to the bit, its returns as float32, or not at all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fundarb.domain.result import METRICS
from fundarb.domain.trial import COUNTS, TOTALS
from fundarb.ports.trials import TrialRows, Trials, TrialScope

SCOPE = TrialScope("s1", ("A/USDT:USDT", "B/USDT:USDT"), 1_000, 9_000, "d1", "1.0", 5)
BASE = {"capital": "10000", "strategy.band.enter": None}
METRIC = "sharpe_daily"


def rows(*names: str, days: int = SCOPE.days) -> TrialRows:
    """Trials whose figures are made from their names."""
    keys = np.array([float(sum(map(ord, name))) for name in names]).reshape(-1, 1)
    metrics = np.sin(keys + np.arange(len(METRICS)))
    metrics[:, 5] = np.nan
    return TrialRows(
        ids=names,
        params=tuple({"a": name, "b": None} for name in names),
        lane="exact",
        metrics=metrics,
        totals=keys * np.pi + np.arange(len(TOTALS)),
        counts=(keys + np.arange(len(COUNTS))).astype(np.int64),
        daily=np.cos(keys + np.arange(days)) / 100,
    )


async def test_figures_come_back_to_the_bit_in_the_order_asked_for(trials: Trials) -> None:
    stored = rows("x", "y", "z")
    await trials.record(SCOPE, BASE, stored, 1)
    found = await trials.recall(SCOPE, ["z", "nobody", "x"])
    assert found.known.tolist() == [True, False, True]
    assert np.array_equal(found.metrics[[0, 2]], stored.metrics[[2, 0]], equal_nan=True)
    assert np.array_equal(found.totals[[0, 2]], stored.totals[[2, 0]])
    assert np.array_equal(found.counts[[0, 2]], stored.counts[[2, 0]])
    assert np.isnan(found.metrics[1]).all()


async def test_returns_come_back_as_float32(trials: Trials) -> None:
    stored = rows("x", "y")
    stored.daily[1] = np.nan
    await trials.record(SCOPE, BASE, stored, 1)
    found = await trials.returns(SCOPE, ["y", "x", "nobody"])
    assert np.isnan(found[0]).all()
    assert np.array_equal(found[1], stored.daily[0].astype(np.float32).astype(np.float64))
    assert np.isnan(found[2]).all()


async def test_a_trial_stored_again_stays_as_it_was_and_counts_once(trials: Trials) -> None:
    first, again = rows("x", "y"), rows("x", "w")
    await trials.record(SCOPE, BASE, first, 1)
    again.metrics[0] = 0.0
    await trials.record(SCOPE, BASE, again, 2)
    found = await trials.recall(SCOPE, ["x", "w"])
    assert np.array_equal(found.metrics[0], first.metrics[0], equal_nan=True)
    assert found.known.all()
    assert len((await trials.overlapping(SCOPE.pairs, 0, 10_000, METRIC)).values) == 3


async def test_a_trial_twice_in_one_chunk_is_one(trials: Trials) -> None:
    await trials.record(SCOPE, BASE, rows("x", "x"), 1)
    assert len((await trials.overlapping(SCOPE.pairs, 0, 10_000, METRIC)).values) == 1


async def test_overlapping_is_a_common_pair_and_a_common_stretch(trials: Trials) -> None:
    other = replace(SCOPE, scope_id="s2", pairs=("B/USDT:USDT", "C/USDT:USDT"), from_ms=8_000, to_ms=20_000, days=7)
    await trials.record(SCOPE, BASE, rows("x", "y"), 1)
    await trials.record(other, BASE, rows("z", days=7), 1)

    async def count(pair: str, from_ms: int, to_ms: int) -> int:
        return len((await trials.overlapping([f"{pair}/USDT:USDT"], from_ms, to_ms, METRIC)).values)

    assert await count("A", 0, 30_000) == 2
    assert await count("B", 0, 30_000) == 3
    assert await count("B", 0, 8_000) == 2
    assert await count("B", 9_000, 10_000) == 1
    assert await count("B", 20_000, 30_000) == 0
    assert await count("D", 0, 30_000) == 0
    assert (await trials.overlapping(["B/USDT:USDT"], 0, 30_000, METRIC)).days.tolist() == [SCOPE.days] * 2 + [7]


async def test_the_ledger_holds_the_metric_undefined_ones_too(trials: Trials) -> None:
    stored = rows("x", "y")
    await trials.record(SCOPE, BASE, stored, 1)
    ledger = await trials.overlapping(SCOPE.pairs, 0, 10_000, METRIC)
    assert ledger.values.tolist() == stored.metrics[:, 2].tolist()
    assert np.isnan((await trials.overlapping(SCOPE.pairs, 0, 10_000, METRICS[5])).values).all()


async def test_a_range_of_less_than_a_day_has_no_returns(trials: Trials) -> None:
    short = replace(SCOPE, days=0)
    await trials.record(short, BASE, rows("x", days=0), 1)
    assert (await trials.recall(short, ["x"])).known.all()
    assert (await trials.returns(short, ["x"])).shape == (1, 0)


async def test_many_are_asked_for_at_once(trials: Trials) -> None:
    names = [f"t{number}" for number in range(1201)]
    await trials.record(SCOPE, BASE, rows(*names), 1)
    found = await trials.recall(SCOPE, names[::-1])
    assert found.known.all()
    assert np.array_equal(found.totals, rows(*names[::-1]).totals)


async def test_the_answer_of_a_search_is_kept_and_replaced(trials: Trials) -> None:
    assert await trials.sweep("q") is None
    await trials.save_sweep("q", 1, "{}")
    await trials.save_sweep("q", 2, '{"trials": 3}')
    assert await trials.sweep("q") == '{"trials": 3}'
