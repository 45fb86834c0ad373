"""Scores mixed in the kernel are those of the signals, to the last of their twelve decimals."""

from __future__ import annotations

import numpy as np
import pytest

from fundarb.research.kernel.compiled import entry
from fundarb.research.kernel.mixing import BLEND, BLOCK, mix
from fundarb.signals.carry import carry
from fundarb.signals.composite import COMPONENTS, weighted
from fundarb.signals.panel import Floats
from fundarb.signals.rounding import ABSENT, twelve

ROWS = 100_003  # no whole number of blocks


@entry
def _mix(parts: Floats, blends: Floats, out: Floats) -> None:
    mix(parts, blends, out)


@pytest.mark.parametrize("seed", range(4))
def test_mixed_scores_are_the_weighted_and_rounded_ones(seed: int) -> None:
    noise = np.random.default_rng(seed)
    parts = noise.uniform(0.0, 1.0, (len(COMPONENTS), ROWS))
    parts[0] = noise.normal(1.0, 8.0, ROWS)  # the forecast
    parts[noise.random(parts.shape) < 0.1] = np.nan
    blends = np.round(noise.uniform(0.0, 1.0, (2, BLEND)), 4)
    blends[0, 2 + seed] = 0.0
    planes = np.empty((3, ROWS))
    _mix(parts, blends, planes)
    for blend, out in zip(blends, planes, strict=False):
        _compare(parts, blend, out)
    assert ROWS > BLOCK


def _compare(parts: Floats, blend: Floats, out: Floats) -> None:
    components = dict(zip(COMPONENTS, (carry(parts[0], float(blend[0])), *parts[1:]), strict=True))
    mean = weighted(components, dict(zip(COMPONENTS, blend[1:].tolist(), strict=True)))
    wanted = twelve(mean)
    assert np.array_equal(out, np.where(wanted == ABSENT, np.nan, wanted.astype(np.float64)), equal_nan=True)
    scaled = mean * 1e12
    assert (scaled - np.floor(scaled) == 0.5).sum() > 3, "some only an exact look can round"


def test_nothing_is_mixed_of_nothing() -> None:
    out = np.empty((1, 0))
    _mix(np.empty((len(COMPONENTS), 0)), np.ones((1, BLEND)), out)
    assert not out.size
