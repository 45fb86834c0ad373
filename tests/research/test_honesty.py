"""What a search is worth: every figure where it can be had, the reason where not, and nothing that flatters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fundarb.ports.trials import ALONE, Tried
from fundarb.research.honesty import MOST_SAMPLED, Search, honesty, sampled_rows, trial_spread
from fundarb.research.resampling import FEWEST_BLOCKS, FEWEST_DAYS, AnnualInterval, Lacking, annual_interval, block_days
from fundarb.statistics.best_of import expected_maximum
from fundarb.statistics.block_length import politis_white
from fundarb.statistics.overfitting import cross_validate
from fundarb.statistics.performance import YEAR_DAYS, sharpe

Floats = NDArray[np.float64]
DAYS, SETS = 400, 12


def noise(days: int = DAYS, sets: int = SETS, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).normal(0, 0.002, (days, sets))


def annual(matrix: Floats) -> Floats:
    found = [sharpe(matrix[:, column], YEAR_DAYS) for column in range(matrix.shape[1])]
    return np.array([np.nan if one is None else one for one in found])


def tried(values: Floats, days: int = DAYS) -> Tried:
    return Tried(values, np.full(len(values), days), np.zeros(len(values), dtype=np.int64))


def search(matrix: Floats, **changed: Any) -> Search:
    own = annual(matrix)
    winner = matrix[:, int(np.nanargmax(own))] if np.isfinite(own).any() else matrix[:, 0]
    benchmarks = {"cash": np.zeros(len(matrix)), "hold": noise(len(matrix), 1, 99)[:, 0]}
    made = Search(winner, matrix, benchmarks, own, tried(own, len(matrix)), held_days=1.0, seed=5)
    return replace(made, **changed)


def test_every_figure_is_there_when_there_is_enough_of_everything() -> None:
    matrix = noise()
    found = honesty(search(matrix))
    assert (found.days, found.trials, found.sampled) == (DAYS, SETS, SETS)
    assert found.lacking == {}
    figures = (found.sharpe, found.sharpe_low, found.psr, found.dsr, found.luck, found.pbo, found.min_backtest_days)
    assert None not in figures
    assert [one.benchmark for one in found.against] == ["cash", "hold"]
    assert found.versus("hold") is found.against[1]
    assert found.versus("nothing") is None
    assert len(found.path_sharpes) == 5
    assert list(found.path_sharpes) == sorted(found.path_sharpes)


def test_luck_is_what_the_ledger_says_not_what_this_search_alone_says() -> None:
    matrix = noise()
    alone = honesty(search(matrix))
    ledger = np.append(annual(matrix), annual(noise(sets=49 * SETS, seed=2)))
    known = honesty(search(matrix, ledger=tried(ledger)))
    spread = float(np.std(ledger / np.sqrt(YEAR_DAYS), ddof=1))
    assert known.trials == 50 * SETS
    assert known.luck == pytest.approx(spread * expected_maximum(50 * SETS) * np.sqrt(YEAR_DAYS))
    assert alone.luck is not None
    assert known.luck is not None
    assert known.luck > alone.luck
    assert known.dsr is not None
    assert alone.dsr is not None
    assert known.dsr < alone.dsr
    assert known.psr == alone.psr


def test_trials_that_never_traded_count_as_tried_but_tell_no_spread() -> None:
    matrix = noise()
    ledger = tried(np.append(annual(matrix), np.full(1000, np.nan)))
    found, before = honesty(search(matrix, ledger=ledger)), honesty(search(matrix))
    assert found.trials == SETS + 1000
    assert found.luck is not None
    assert before.luck is not None
    assert found.luck / before.luck == pytest.approx(expected_maximum(SETS + 1000) / expected_maximum(SETS))


def test_trials_of_unlike_lengths_tell_the_luck_of_the_length_judged() -> None:
    """The same noise looked at for a tenth, for all and for ten times of the days: luck is what it is on all of them."""
    lengths = (DAYS // 10, DAYS, 10 * DAYS)
    found = [annual(noise(days, 400, days)) for days in lengths]
    ledger = Tried(np.concatenate(found), np.repeat(lengths, 400), np.repeat([3, 5, 9], 400))
    assert trial_spread(ledger, DAYS) == pytest.approx(1 / np.sqrt(DAYS), rel=0.05)
    assert np.std(ledger.values) / np.sqrt(YEAR_DAYS) > 1.7 / np.sqrt(DAYS)
    for values, days in zip(found, lengths, strict=True):
        assert trial_spread(tried(values, days), DAYS) == pytest.approx(1 / np.sqrt(DAYS), rel=0.1)


def test_what_months_gave_to_every_trial_of_a_search_is_no_luck_of_choosing() -> None:
    one, other = annual(noise(seed=1)), annual(noise(seed=2)) + 30.0
    ledger = Tried(np.append(one, other), np.full(2 * SETS, DAYS), np.repeat([1, 2], SETS))
    spread = trial_spread(ledger, DAYS)
    assert spread == pytest.approx(np.sqrt((one.var(ddof=1) + other.var(ddof=1)) / 2 / YEAR_DAYS))
    pooled = trial_spread(ledger._replace(beside=np.ones(2 * SETS, dtype=np.int64)), DAYS)
    assert spread is not None
    assert pooled is not None
    assert pooled > 5 * spread


def test_sets_that_come_to_the_same_and_searches_that_hardly_vary_make_luck_look_no_smaller() -> None:
    """Else whoever adds an axis that never binds, or searches finely around what was found, would lower the hurdle."""
    matrix = noise()
    own = annual(matrix)
    spread = trial_spread(tried(own), DAYS)
    again = np.append(own, own[0] * (1 + 1e-15 * np.arange(900)))
    assert trial_spread(tried(again), DAYS) == pytest.approx(spread)
    assert trial_spread(tried(again[SETS:]), DAYS) is None
    tight = own[0] + np.linspace(0, 1e-3, 900)
    beside = Tried(np.append(own, tight), np.full(SETS + 900, DAYS), np.repeat(np.array([0, 1], np.int64), [SETS, 900]))
    diluted, alone, found = trial_spread(beside, DAYS), honesty(search(matrix)), honesty(search(matrix, ledger=beside))
    assert spread is not None
    assert diluted is not None
    assert diluted < spread / 5
    assert found.trials == SETS + 900
    assert (found.luck, found.dsr) == (alone.luck, alone.dsr)


def test_what_stands_alone_or_on_a_few_days_counts_as_tried_but_tells_no_spread() -> None:
    matrix = noise()
    own, plain = annual(matrix), honesty(search(matrix))
    for length, number in ((FEWEST_DAYS - 1, 0), (DAYS, ALONE)):
        days = np.repeat([DAYS, length], [SETS, 5])
        ledger = Tried(np.append(own, np.full(5, 300.0)), days, np.repeat([0, number], [SETS, 5]))
        found = honesty(search(matrix, ledger=ledger))
        assert found.trials == SETS + 5
        assert found.luck is not None
        assert plain.luck is not None
        assert found.luck / plain.luck == pytest.approx(expected_maximum(SETS + 5) / expected_maximum(SETS))
    alone = Tried(own, np.full(SETS, DAYS), np.full(SETS, ALONE))
    assert honesty(search(matrix, own=own[:1], ledger=alone)).dsr is None


def test_days_that_hang_together_make_a_sharpe_less_sure() -> None:
    white = noise(2000, 1, 3)[:, 0]
    smooth = np.convolve(white, np.ones(5) / 5, "same")
    target = 0.06
    samples = [one - one.mean() + target * one.std(ddof=1) for one in (white, smooth)]
    shown = [honesty(search(noise(2000), winner=one)) for one in samples]
    assert shown[0].sharpe == pytest.approx(shown[1].sharpe)
    assert shown[0].psr is not None
    assert shown[1].psr is not None
    assert shown[1].psr < shown[0].psr
    widths = [(one.sharpe_high or 0) - (one.sharpe_low or 0) for one in shown]
    assert widths[1] > 1.5 * widths[0]


def test_a_planted_edge_beats_luck_and_benchmarks() -> None:
    matrix = noise()
    matrix[:, 3] += 0.001
    found = honesty(search(matrix))
    assert found.dsr is not None
    assert found.pbo == 0
    assert found.dsr > 0.95
    assert all(one.spa_p < 0.01 for one in found.against)
    assert found.path_sharpes[0] > 3


def test_too_few_days_are_said_and_nothing_is_computed() -> None:
    found = honesty(search(noise(FEWEST_DAYS - 1)))
    assert found.lacking == {"winner": "29 daily returns; at least 30 are needed"}
    assert (found.sharpe, found.dsr, found.pbo, found.against) == (None, None, None, ())


def test_a_winner_that_never_moved_or_lost_everything_has_no_figures() -> None:
    still = honesty(search(np.zeros((DAYS, 3))))
    ruined = honesty(search(noise(), winner=np.full(DAYS, np.nan)))
    assert still.lacking["winner"] == "the winner's returns never move"
    assert ruined.lacking["winner"] == "the winner lost all there was"


def test_a_single_trial_has_nothing_to_be_deflated_by_or_chosen_from() -> None:
    found = honesty(search(noise(sets=1)))
    assert found.dsr is None
    assert found.psr is not None
    assert {"dsr", "pbo", "path_sharpes"} <= set(found.lacking)
    assert "no two trials of one search, of at least 30 days" in found.lacking["dsr"]


def test_trials_that_were_wiped_out_are_left_out_of_the_sample_and_stay_in_the_count() -> None:
    matrix = noise()
    matrix[:, 2] = np.nan
    found = honesty(search(matrix))
    assert (found.sampled, found.trials) == (SETS - 1, SETS)
    assert found.pbo is not None


def test_a_benchmark_without_figures_is_lacking_and_the_others_are_not() -> None:
    matrix = noise()
    benchmarks = {"cash": np.zeros(DAYS), "hold": np.full(DAYS, np.nan)}
    found = honesty(search(matrix, benchmarks=benchmarks))
    assert [one.benchmark for one in found.against] == ["cash"]
    assert found.lacking == {"against.hold": "hold lost all there was"}
    (only,) = (honesty(search(matrix[:, :1], benchmarks={"simple": matrix[:, 0]})).lacking["against.simple"],)
    assert only == "no trial differs from simple"


def test_positions_held_for_long_ask_for_a_longer_history() -> None:
    found = honesty(search(noise(), held_days=200.0))
    assert found.sharpe is not None
    assert found.sharpe_low is None
    assert "400 days are fewer than 8 blocks of 60 days" in found.lacking["sharpe_low"]
    assert "576 days are needed" in found.lacking["sharpe_low"]
    assert set(found.lacking) == {"sharpe_low", "against.cash", "against.hold"}
    assert honesty(search(noise(576), held_days=200.0)).sharpe_low is not None


def test_blocks_of_cross_validation_are_as_long_as_the_memory_of_the_winner() -> None:
    white, matrix = noise(600, 1, 4)[:, 0], noise(600)
    smooth = np.convolve(white, np.ones(30) / 30, "same")
    memory = politis_white(smooth[:330]).stationary
    assert 330 / 16 < memory < 330 / 8
    found = honesty(search(matrix[:330], winner=smooth[:330], benchmarks={}))
    assert found.pbo_blocks is not None
    assert memory <= 330 / found.pbo_blocks
    assert 330 / (found.pbo_blocks + 2) < memory
    whole, judged = honesty(search(matrix)), cross_validate(matrix, 16)
    assert judged is not None
    assert (whole.pbo, whole.pbo_blocks) == (judged.pbo, 16)
    short = honesty(search(matrix[:90], winner=smooth[:90], benchmarks={}))
    assert "90 days are fewer than 8 blocks" in short.lacking["pbo"]


def test_twins_are_recognised() -> None:
    market = noise(DAYS, 1, 8)
    twins = honesty(search(market + 0.05 * noise()))
    strangers = honesty(search(noise()))
    assert twins.likeness is not None
    assert strangers.likeness is not None
    assert twins.likeness > 0.99
    assert strangers.likeness < 0.5


def test_a_sample_is_seeded_bounded_and_blind_to_results() -> None:
    assert sampled_rows(7, 1).tolist() == list(range(7))
    rows = sampled_rows(100_000, 3)
    assert len(set(rows.tolist())) == MOST_SAMPLED
    assert rows.tolist() == sorted(rows.tolist())
    assert rows.tolist() == sampled_rows(100_000, 3).tolist()
    assert rows.tolist() != sampled_rows(100_000, 4).tolist()


def test_more_trials_are_judged_by_fewer_blocks_so_that_time_stays_bounded() -> None:
    found = honesty(search(noise(200, 1500), benchmarks={}))
    assert found.pbo_blocks == 14
    assert found.sampled == 1500


def test_the_same_search_gives_the_same_figures() -> None:
    assert honesty(search(noise())) == honesty(search(noise()))


def test_an_interval_wants_days_spread_and_enough_blocks() -> None:
    flat = annual_interval(np.full(100, 0.001), 0.0, 1)
    assert flat == Lacking("the returns never move")
    few = block_days(noise(10, 1)[:, 0], 0.0)
    assert isinstance(few, Lacking)
    white = noise(200, 1)[:, 0]
    assert block_days(white, 200 / FEWEST_BLOCKS / 2) == 200 / FEWEST_BLOCKS
    assert isinstance(block_days(white, 200 / FEWEST_BLOCKS / 2 + 0.1), Lacking)
    found = annual_interval(white, 0.0, 1)
    assert isinstance(found, AnnualInterval)
    own = sharpe(white, YEAR_DAYS)
    assert own is not None
    assert found.low < own < found.high
