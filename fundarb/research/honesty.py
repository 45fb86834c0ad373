"""What is the winner of a search worth, given the search? Every statistic that says, each with what it lacks.

The sample for PBO and the tests of superiority must know nothing of results: a winner put into it would be the best of a
hundred thousand, judged as the best of two thousand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fundarb.domain.honesty import Against, Honesty
from fundarb.ports.trials import ALONE, Tried
from fundarb.research.resampling import (
    DRAWS,
    FEWEST_DAYS,
    Lacking,
    annual_interval,
    block_days,
)
from fundarb.statistics.best_of import min_backtest_years
from fundarb.statistics.block_length import politis_white
from fundarb.statistics.bootstrap import draw
from fundarb.statistics.cross_paths import cross_paths
from fundarb.statistics.deflated import deflated_sharpe, hurdle
from fundarb.statistics.moments import Moments, moments_of
from fundarb.statistics.overfitting import cross_validate
from fundarb.statistics.performance import YEAR_DAYS, Returns, sharpe
from fundarb.statistics.probabilistic import (
    min_track_record,
    probabilistic_sharpe,
    standard_error,
    standard_error_autocorrelated,
)
from fundarb.statistics.superiority import superiority

Matrix = NDArray[np.float64]
Floats = NDArray[np.float64]
MOST_SAMPLED = 2000
BLOCKS = (16, 14, 12, 10, 8)  # of CSCV, the most that the memory of the returns allows
MOST_JUDGED = 8_000_000  # combinations × trials, a few seconds; more blocks would only refine the third digit
SAME = 9  # decimals of a Sharpe ratio (of a day) that are no noise of floats
_YEAR = math.sqrt(YEAR_DAYS)


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """What is judged. Returns are daily, over the same days; NaN throughout where an account was wiped out.

    `ledger` holds `sharpe_daily` (of a year, NaN undefined) of everything tried on overlapping pairs and days, this
    search included, and `own` that of this search alone; `held_days` is the winner's mean holding time."""

    winner: Returns
    sample: Matrix  # (days × trials), as `sampled_rows` says
    benchmarks: Mapping[str, Returns]
    own: Floats
    ledger: Tried
    held_days: float
    seed: int = 0


def sampled_rows(trials: int, seed: int, most: int = MOST_SAMPLED) -> NDArray[np.int64]:
    """Which trials of a search are sampled: all where there are few, else a seeded choice without regard to results."""
    if trials <= most:
        return np.arange(trials, dtype=np.int64)
    return np.sort(np.random.default_rng(seed).choice(trials, most, replace=False))


def honesty(search: Search) -> Honesty:
    """Every figure that can be computed, and why the others cannot."""
    sample = search.sample[:, np.isfinite(search.sample).all(axis=0)]
    blank = Honesty(days=len(search.winner), trials=len(search.ledger.values), sampled=sample.shape[1])
    if not np.isfinite(search.winner).all():
        return _without(blank, "winner", "the winner lost all there was")
    if len(search.winner) < FEWEST_DAYS:
        return _without(blank, "winner", f"{blank.days} daily returns; at least {FEWEST_DAYS} are needed")
    moments = moments_of(search.winner)
    if moments is None:
        return _without(blank, "winner", "the winner's returns never move")
    found = _of_the_winner(blank, search, moments)
    found = _of_the_ledger(found, search, moments)
    found = _of_the_choice(found, search.winner, sample)
    found = _of_histories(found, search.winner, sample)
    return _of_benchmarks(found, search, sample)


def _without(found: Honesty, name: str, why: str) -> Honesty:
    return replace(found, lacking={**found.lacking, name: why})


def _of_the_winner(found: Honesty, search: Search, moments: Moments) -> Honesty:
    """What its own returns say, as if nothing else had been tried."""
    interval = annual_interval(search.winner, search.held_days, search.seed)
    found = replace(
        found,
        sharpe=sharpe(search.winner, YEAR_DAYS),
        psr=probabilistic_sharpe(moments, error=_error(moments)),
        min_track_record_days=min_track_record(moments),
    )
    if isinstance(interval, Lacking):
        return _without(found, "sharpe_low", interval.why)
    return replace(found, sharpe_low=interval.low, sharpe_high=interval.high, block_days=interval.block_days)


def _error(moments: Moments) -> float | None:
    """The wider of both standard errors: positive autocorrelation makes a Sharpe ratio look surer than it is."""
    known = [one for one in (standard_error(moments), standard_error_autocorrelated(moments)) if one is not None]
    return max(known, default=None)


def _of_the_ledger(found: Honesty, search: Search, moments: Moments) -> Honesty:
    """What the best of all that was ever tried would show by luck, and how far the winner is beyond it."""
    tried, tempted = found.trials, temptation(search.own, search.ledger, found.days)
    if tempted is None:
        why = (
            f"no two trials of one search, of at least {FEWEST_DAYS} days, have a Sharpe ratio: their spread is unknown"
        )
        return _without(found, "dsr", why)
    yearly = moments.sharpe * _YEAR
    return replace(
        found,
        luck=hurdle(*tempted) * _YEAR,
        dsr=deflated_sharpe(moments, *tempted, _error(moments)),
        min_backtest_days=min_backtest_years(tried, yearly) * YEAR_DAYS if yearly > 0 else None,
    )


def temptation(own: Floats, ledger: Tried, days: int) -> tuple[float, int] | None:
    """How far Sharpe ratios (of a day) spread and how many were tried, of the ledger or of this search alone: whichever
    makes more luck, since the best of more trials is no worse, however little those beside it differ. None where no
    spread is known."""
    alone = Tried(own, np.full(len(own), days), np.zeros(len(own), dtype=np.int64))
    spreads = ((trial_spread(one, days), len(one.values)) for one in (ledger, alone))
    return max(
        ((spread, tried) for spread, tried in spreads if spread is not None), key=lambda of: hurdle(*of), default=None
    )


def trial_spread(ledger: Tried, days: int) -> float | None:
    """The deviation of the Sharpe ratios (of a day) of trials that one might have chosen instead of each other, on so many
    days; None where no two of them are known.

    The formula of the deflated Sharpe takes all trials for equally long. A worthless one of n days shows a ratio spread by
    about 1/√n: pooled as they stand, a few short trials would make luck look as large on years as it is on weeks. Times
    √(n / days) each is spread as on the days judged, while what it means beside luck, its t-statistic, stays as it was.

    It takes them for tried on the same history, too. What whole searches differ by is what their months and pairs had to
    give to everybody, which no choice of parameters brings about; so each is compared with those beside it, and all these
    distances are pooled. Sets that come to the very same, as where a limit never binds, are one draw told many times: they
    would make luck look small, so they tell the spread once.

    How long luck has been tempted is said by the count, in which every trial is, also those that tell no spread: backtests
    by themselves, and trials below the fewest days that are judged at all, whose ratios have tails without bounds."""
    telling = np.isfinite(ledger.values) & (ledger.days >= FEWEST_DAYS) & (ledger.beside != ALONE)
    scaled = ledger.values[telling] / _YEAR * np.sqrt(ledger.days[telling] / days)
    group, scaled = np.unique(np.array([ledger.beside[telling], np.round(scaled, SAME)]), axis=1)
    _, which, count = np.unique(group, return_inverse=True, return_counts=True)
    known = len(scaled) - len(count)
    if known < 1:
        return None
    distance = scaled - (np.bincount(which, scaled) / count)[which]
    return math.sqrt(float(distance @ distance) / known)


def _of_the_choice(found: Honesty, winner: Returns, sample: Matrix) -> Honesty:
    """Whether what is best in one half of the days is any good in the other."""
    if sample.shape[1] < 2:
        return _without(found, "pbo", "fewer than two trials to choose from")
    block = max(2.0, politis_white(winner).stationary)
    affordable = [count for count in BLOCKS if math.comb(count, count // 2) * sample.shape[1] <= MOST_JUDGED]
    blocks = next((count for count in affordable if len(sample) >= count * block), None)
    if blocks is None:
        needed = math.ceil(BLOCKS[-1] * block)
        why = f"{found.days} days are fewer than {BLOCKS[-1]} blocks of {block:.0f} days; {needed} days are needed"
        return _without(found, "pbo", why)
    judged = cross_validate(sample, blocks)
    if judged is None:
        return _without(found, "pbo", "the trials cannot be cross-validated")
    return replace(
        found,
        pbo=judged.pbo,
        pbo_blocks=blocks,
        loss_probability=judged.loss_probability,
        likeness=_likeness(winner, sample),
    )


def _likeness(winner: Returns, sample: Matrix) -> float | None:
    """Median correlation with the winner of those trials that ever move."""
    moving = sample[:, sample.std(axis=0) > 0]
    if not moving.shape[1]:
        return None
    centred, own = moving - moving.mean(axis=0), winner - winner.mean()
    scale = np.sqrt((centred**2).sum(axis=0) * float(own @ own))
    return float(np.median(own @ centred / scale))


def _of_histories(found: Honesty, winner: Returns, sample: Matrix) -> Honesty:
    """What choosing on some blocks and trading the others makes, purged by the memory of the returns."""
    paths = cross_paths(sample, purge=math.ceil(max(1.0, politis_white(winner).stationary)))
    if paths is None:
        return _without(found, "path_sharpes", "too few days or trials to hold blocks out")
    known = (sharpe(path, YEAR_DAYS) for path in paths.paths)
    return replace(found, path_sharpes=tuple(sorted(one for one in known if one is not None)))


def _of_benchmarks(found: Honesty, search: Search, sample: Matrix) -> Honesty:
    """Reality Check and SPA of the sample against each benchmark."""
    for name, returns in search.benchmarks.items():
        tested = _versus(name, search, sample, returns)
        if isinstance(tested, Lacking):
            found = _without(found, f"against.{name}", tested.why)
        else:
            found = replace(found, against=(*found.against, tested))
    return found


def _versus(name: str, search: Search, sample: Matrix, benchmark: Returns) -> Against | Lacking:
    if not np.isfinite(benchmark).all():
        return Lacking(f"{name} lost all there was")
    if not sample.shape[1]:
        return Lacking("every trial of the sample lost all there was")
    block = block_days(search.winner - benchmark, search.held_days)
    if isinstance(block, Lacking):
        return block
    rows = draw(search.seed, DRAWS, len(benchmark), block)
    tested = superiority(sample - benchmark[:, None], rows, block)
    return Lacking(f"no trial differs from {name}") if tested is None else Against(name, tested.check_p, tested.spa_p)
