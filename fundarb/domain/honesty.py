"""What a search found, judged as a search: the winner's figures beside what luck alone would have shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Against:
    """Whether any trial beats a benchmark or the best is the luckiest: both probabilities where none beats it."""

    benchmark: str
    reality_check_p: float
    spa_p: float


@dataclass(frozen=True, slots=True)
class Honesty:
    """Of the winner of a search; Sharpe ratios are of a year. What could not be computed is None, and `lacking` says why
    under the name of the field (`against.NAME` for a benchmark)."""

    days: int
    trials: int  # every one ever run on overlapping pairs and days
    sampled: int  # of this search, for PBO and the tests of superiority
    sharpe: float | None = None
    sharpe_low: float | None = None
    sharpe_high: float | None = None
    block_days: float | None = None
    psr: float | None = None
    dsr: float | None = None
    luck: float | None = None  # the Sharpe that the best of so many worthless trials is expected to show
    min_track_record_days: float | None = None
    min_backtest_days: float | None = None
    pbo: float | None = None
    pbo_blocks: int | None = None
    loss_probability: float | None = None  # how often the trial chosen in one half of the days loses in the other
    likeness: float | None = None  # median correlation of the sampled trials with the winner; PBO needs unlike ones
    path_sharpes: tuple[float, ...] = ()  # of histories made of blocks that the choice had not seen, ascending
    against: tuple[Against, ...] = ()
    lacking: Mapping[str, str] = field(default_factory=dict)

    def versus(self, benchmark: str) -> Against | None:
        """The tests against one benchmark, where they could be made."""
        return next((one for one in self.against if one.benchmark == benchmark), None)
