"""Probability of backtest overfitting by combinatorially symmetric cross-validation (Bailey, Borwein, López de Prado, Zhu).

Half the blocks choose the best trial, the other half rank it: PBO is how often the chosen one is in the worse half."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
_AT_ONCE = 1 << 22  # combinations × trials looked at in one piece, so that memory is bounded


@dataclass(frozen=True, slots=True)
class Overfitting:
    """What choosing in one half says of the other half."""

    pbo: float
    mean_logit: float
    loss_probability: float  # how often the chosen trial loses out of sample
    slope: float | None  # of out-of-sample Sharpe on in-sample Sharpe, over the chosen ones
    combinations: int


def cross_validate(returns: Matrix, blocks: int) -> Overfitting | None:
    """CSCV of (periods × trials) returns; the oldest rows that fill no block are left out. None where it cannot be done."""
    periods, trials = returns.shape
    if blocks < 2 or blocks % 2 or periods < 2 * blocks or trials < 2:
        return None
    parts = _Parts.of(returns, blocks)
    chosen = np.array(list(combinations(range(blocks), blocks // 2)))
    inside = np.zeros((len(chosen), blocks))
    np.put_along_axis(inside, chosen, 1.0, axis=1)
    pieces = max(1, -(-len(inside) * trials // _AT_ONCE))
    judged = [_judge(parts, piece) for piece in np.array_split(inside, pieces)]
    rank, best_in, best_out = (np.concatenate(column) for column in zip(*judged, strict=True))
    share = rank / (trials + 1)
    logits = np.log(share / (1 - share))
    return Overfitting(
        pbo=float((logits <= 0).mean()),
        mean_logit=float(logits.mean()),
        loss_probability=float((best_out < 0).mean()),
        slope=_slope(best_in, best_out),
        combinations=len(inside),
    )


def _judge(parts: _Parts, inside: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """The rank (ties share theirs) and both Sharpe ratios of the trial that each combination chooses."""
    in_sample, out_of_sample = parts.sharpe(inside), parts.sharpe(1.0 - inside)
    best = in_sample.argmax(axis=1)[:, None]
    best_in = np.take_along_axis(in_sample, best, axis=1)
    best_out = np.take_along_axis(out_of_sample, best, axis=1)
    below, level = (out_of_sample < best_out).sum(axis=1), (out_of_sample == best_out).sum(axis=1)
    return below + (level + 1) / 2, best_in[:, 0], best_out[:, 0]


def _slope(x: Matrix, y: Matrix) -> float | None:
    distance = x - x.mean()
    total = float(distance @ distance)
    return float(distance @ (y - y.mean())) / total if total > 0 else None


@dataclass(frozen=True, slots=True)
class _Parts:
    """Sums of each block, from which the Sharpe ratio of any union of blocks follows without touching the rows again."""

    rows: int  # of one block
    sums: Matrix  # (blocks × trials)
    squares: Matrix

    @classmethod
    def of(cls, returns: Matrix, blocks: int) -> _Parts:
        rows = len(returns) // blocks
        cut = returns[len(returns) - rows * blocks :].reshape(blocks, rows, -1)
        return cls(rows, cut.sum(axis=1), (cut**2).sum(axis=1))

    def sharpe(self, taken: Matrix) -> Matrix:
        """(combinations × trials); a trial without spread stands at 0."""
        count = taken.sum(axis=1)[:, None] * self.rows
        mean, square = taken @ self.sums / count, taken @ self.squares / count
        variance = (square - mean**2) * count / (count - 1)
        flat = variance <= 1e-12 * square
        return np.where(flat, 0.0, mean / np.sqrt(np.where(flat, 1.0, variance)))
