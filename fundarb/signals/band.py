"""The optimal band: what being in is worth over being out, D(r), and the levels at which it pays the cost of moving.

D(r) = E[r' − k | r] + β E[clip(D(r'), −c_out, c_in) | r] for r' = μ + φ(r − μ) + σ z; enter where D > c_in, leave where
D < −c_out. A contraction, iterated on a grid with Gauss–Hermite nodes and linear interpolation."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from fundarb.signals.panel import Floats

BETA = 0.9998
POINTS, NODES = 1601, 48
HALF_WIDTH = 10.0
MOVED_BP = 1e-9
MAX_PHI = 0.9985
MAX_ROUNDS = 1_000_000
NO_NOISE_BP = 1e-9


@dataclass(frozen=True, slots=True)
class Process:
    """An AR(1) of the forecast in bp per 8 h."""

    mean: float
    phi: float
    sigma: float


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """D on its grid, bp."""

    level: Floats
    value: Floats

    def at(self, level_bp: float) -> float:
        """D at a level, by linear interpolation; the end value outside the grid."""
        return float(np.interp(level_bp, self.level, self.value))

    def crossing(self, target: float) -> float:
        """The level at which D reaches `target`, by linear interpolation."""
        return float(np.interp(target, self.value, self.level))


def worth(
    process: Process,
    charge_bp: float,
    cost_in_bp: float,
    cost_out_bp: float,
    moved: float = MOVED_BP,
    *,
    unless_idle: bool = False,
) -> Worth:
    """D on the grid μ ± 10 σ/√(1 − φ²), iterated until no value moves by `moved`; with `unless_idle` only until it is
    certain that D does not pass both costs, which in a quiet market takes a hundred thousand rounds less."""
    spread = process.sigma / math.sqrt(1.0 - process.phi * process.phi)
    grid = np.linspace(process.mean - HALF_WIDTH * spread, process.mean + HALF_WIDTH * spread, POINTS)
    centre = process.mean + process.phi * (grid - process.mean)
    step = _expectation(grid, centre, process.sigma)
    gain = centre - charge_bp
    value = np.zeros(POINTS)
    for _ in range(MAX_ROUNDS):
        following = gain + BETA * (step @ np.clip(value, -cost_out_bp, cost_in_bp))
        change = float(np.abs(following - value).max())
        value = following
        to_come = change * BETA / (1.0 - BETA)
        idle = value[-1] + to_come < cost_in_bp or value[0] - to_come > -cost_out_bp
        if change < moved or (unless_idle and idle):
            break
    return Worth(grid, value)


def thresholds(process: Process, charge_bp: float, cost_bp: float) -> tuple[float, float] | None:
    """(enter, exit) in bp at a one-way cost; None where the process is degenerate or D does not pass both costs."""
    if process.sigma <= NO_NOISE_BP or process.phi <= -1.0:
        return None
    found = worth(process, charge_bp, cost_bp, cost_bp, unless_idle=True)
    if not (found.value[-1] > cost_bp and found.value[0] < -cost_bp):
        return None
    return found.crossing(cost_bp), found.crossing(-cost_bp)


def carry_value(found: Worth, level_bp: float, cost_in_bp: float, cost_out_bp: float) -> float:
    """(D + c_out) / (c_in + c_out) within [0, 1], rising with the level: 0 where the band leaves, 1 where it enters."""
    return min(max((found.at(level_bp) + cost_out_bp) / (cost_in_bp + cost_out_bp), 0.0), 1.0)


def _expectation(grid: Floats, centre: Floats, sigma: float) -> sparse.csr_matrix:
    """E[v(r') | r] as a matrix on values at grid points: quadrature nodes, interpolated, held constant outside."""
    nodes, weights = np.polynomial.hermite.hermgauss(NODES)
    target = (centre[:, None] + sigma * math.sqrt(2.0) * nodes[None, :]).ravel()
    share = np.tile(weights / math.sqrt(math.pi), len(grid))
    width = grid[1] - grid[0]
    left = np.clip(np.floor((target - grid[0]) / width).astype(np.int64), 0, len(grid) - 2)
    right_share = np.clip((target - grid[left]) / (grid[left + 1] - grid[left]), 0.0, 1.0)
    row = np.repeat(np.arange(len(grid)), len(nodes))
    data = np.concatenate((share * (1.0 - right_share), share * right_share))
    columns = np.concatenate((left, left + 1))
    return sparse.csr_matrix((data, (np.concatenate((row, row)), columns)), shape=(len(grid), len(grid)))


def fit(levels: Floats, before: Floats, after: Floats) -> Process | None:
    """μ the median, φ by least squares with intercept (at most .9985), σ = 1.5 · 1.4826 · MAD of the innovations."""
    if not len(levels) or not len(before):
        return None
    mean = float(np.median(levels))
    centred = before - before.mean()
    scatter = float((centred * centred).sum())
    if scatter <= 1e-18:
        return None
    phi = min(float((centred * (after - after.mean())).sum()) / scatter, MAX_PHI)
    innovation = after - mean - phi * (before - mean)
    sigma = 1.5 * 1.4826 * float(np.median(np.abs(innovation - np.median(innovation))))
    return Process(mean, phi, sigma)
