"""Sweeps over noise find nothing, and a planted edge is found: a tenth of the campaign, the rest is a soak."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.research.sweeps import CORNER, made_up, sweep, used_ledger

NOISE_SEEDS, EDGE_SEEDS = range(20), range(4)


@pytest.mark.slow
def test_no_edge_is_declared_in_noise_on_a_new_store_or_a_used_one() -> None:
    fooled = Counter[str]()
    for seed in NOISE_SEEDS:
        verdict = sweep(made_up(seed), seed, [used_ledger()] * (seed % 2)).verdict
        fooled.update(rule.name for rule in verdict.rules if rule.passed)
        fooled["edge"] += verdict.edge
    assert fooled["edge"] <= len(NOISE_SEEDS) * 5 // 100
    assert fooled["dsr"] <= len(NOISE_SEEDS) * 5 // 100


@pytest.mark.slow
@pytest.mark.parametrize("seed", EDGE_SEEDS)
def test_a_planted_edge_is_found_where_it_is(seed: int) -> None:
    found = sweep(made_up(seed, edge=8), seed)
    assert found.verdict.edge, found.verdict.words
    assert found.winner.place == CORNER
    later = sweep(made_up(seed, edge=8), seed, [used_ledger()])
    assert later.verdict.edge, f"on a used store: {later.verdict.words}"


def test_the_same_sweep_again_gives_the_same_verdict() -> None:
    assert sweep(made_up(3), 1) == sweep(made_up(3), 1)
