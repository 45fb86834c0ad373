"""The fast lane as searches use it: what it refuses, what sets share, and that nothing depends on who runs beside whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace

import numpy as np
import pytest

from fundarb.errors import FundarbError
from fundarb.research import fast_lane
from fundarb.research.fast_lane import VOICES, WORTH_SORTING, FastLane, refusal
from fundarb.research.kernel import compiled
from fundarb.research.kernel.terms import RECORD, terms_of
from fundarb.research.rules import Setup
from fundarb.research.search.exact_lane import ExactLane
from fundarb.research.search.lanes import COUNTS, Lane, Outcomes
from fundarb.research.stage import Stage
from tests.engine.running import setup_of, stage_of
from tests.engine.wide_markets import wide_market
from tests.parity.lanes import variations

WEEK, SEED = 9, 11


def _ground(mode: str, sets: Mapping[str, str] | None = None) -> tuple[Stage, list[Setup]]:
    """A market that trades, and sets on it that differ in nearly everything."""
    market = wide_market(SEED, WEEK)
    pairs = [stream.pair for stream in market.world]
    fixed = {"strategy.mode": mode, "backtest.spot_source": "spot", **(sets or {})}
    setups = [setup_of(drawn | fixed, pairs) for drawn in variations(market, 1, 40)]
    return stage_of(market.world, setups[0], *market.span), setups


def _rows(found: Outcomes, rows: slice) -> Outcomes:
    return Outcomes(found.metrics[rows], found.totals[rows], found.counts[rows], found.daily[rows])


def _same(one: Outcomes, other: Outcomes) -> bool:
    return all(
        np.array_equal(getattr(one, field.name), getattr(other, field.name), equal_nan=True)
        for field in fields(Outcomes)
        if field.name != "counts"
    ) and np.array_equal(one.counts, other.counts)


@pytest.mark.parametrize(
    ("sets", "word"),
    [
        ({"strategy.mode": "hold"}, "strategy.mode hold"),
        ({"strategy.mode": "cash"}, "strategy.mode cash"),
        ({"margin.mode": "cross", "margin.tiers": "[10000:0.95]"}, "margin.mode cross"),
        ({"costs.impact_k": "0.1"}, "costs.impact_k"),
    ],
)
def test_what_it_cannot_run_is_refused_by_name(sets: dict[str, str], word: str) -> None:
    stage, setups = _ground("simple")
    odd = setup_of(sets, stage.panel.pairs)
    assert word in str(refusal(odd))
    with pytest.raises(FundarbError, match=word):
        FastLane(stage).run([setups[0], odd])
    assert refusal(setups[0]) is None


def test_without_numba_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "numba_version", lambda: None)
    assert "fundarb[fast]" in str(refusal(_ground("simple")[1][0]))


@pytest.mark.parametrize("mode", ["simple", "composite"])
def test_an_outcome_depends_on_its_set_alone(mode: str) -> None:
    """Alone, among others, backwards, on several threads, mixed or with a voice that is shared."""
    stage, setups = _ground(mode)
    together = FastLane(stage).run(setups)
    assert together.counts[:, COUNTS.index("trades")].sum() > 20
    backwards = FastLane(stage).run(setups[::-1])
    assert _same(together, _rows(backwards, slice(None, None, -1)))
    for threads in (2, 3):
        assert _same(together, FastLane(stage, threads=threads).run(setups))
    for row, setup in enumerate(setups[:5]):
        own = _rows(together, slice(row, row + 1))
        assert _same(own, FastLane(stage).run([setup]))
        assert _same(own, _rows(FastLane(stage).run([setup] * WORTH_SORTING), slice(0, 1)))


def test_sets_of_several_modes_are_run_together() -> None:
    stage, setups = _ground("simple")
    mixed = [
        replace(setup, strategy=setup.strategy.model_copy(update={"mode": mode}))
        for setup, mode in zip(setups, ["simple", "composite"] * 20, strict=True)
    ]
    lane: Lane = FastLane(stage)
    found, wanted = lane.run(mixed), ExactLane(stage).run(mixed)
    assert np.array_equal(found.counts, wanted.counts)
    np.testing.assert_allclose(found.metrics, wanted.metrics, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(found.totals, wanted.totals, rtol=1e-9, atol=1e-7)
    np.testing.assert_allclose(found.daily, wanted.daily, rtol=1e-7, atol=1e-12)


def test_no_sets_have_no_outcomes() -> None:
    stage, _ = _ground("simple")
    found = FastLane(stage).run([])
    assert [len(getattr(found, field.name)) for field in fields(Outcomes)] == [0, 0, 0, 0]


def test_only_so_many_voices_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_lane, "WORTH_SORTING", 1)
    stage, setups = _ground("composite")
    lane = FastLane(stage)
    assert len({id(sets.voice) for _, sets in lane.voiced(setups)}) > VOICES
    assert len(lane._voices) == VOICES


def test_a_record_says_what_its_setup_says() -> None:
    """However many sets share a section, each has the record it would have alone."""
    stage, setups = _ground("composite")
    together, tables = terms_of(setups, stage.panel, "composite")
    for row, setup in enumerate(setups):
        alone, own_tables = terms_of([setup], stage.panel, "composite")
        for name in set(RECORD.names or ()) - {"costs"}:
            np.testing.assert_equal(alone[0][name], together[row][name])
        assert np.array_equal(own_tables[0], tables[together[row]["costs"]])
        assert alone[0]["size_usd"] == float(setup.sizing.size_usd)
        cap = setup.risk.venue_cap
        assert np.isnan(alone[0]["venue_cap"]) if cap is None else alone[0]["venue_cap"] == float(cap)
