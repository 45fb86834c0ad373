"""The long campaign of sweeps over noise: how often an edge is declared, and how often each rule alone is fooled;
half of them on a store that twenty sweeps of unlike lengths were run on before."""

from __future__ import annotations

import sys
from collections import Counter

from tests.research.sweeps import CORNER, made_up, sweep, used_ledger
from tests.research.test_noise_sweeps import EDGE_SEEDS, NOISE_SEEDS

SWEEPS, PLANTED = 200, 40


def test_no_edge_is_declared_in_95_of_100_sweeps_over_noise() -> None:
    fooled: Counter[str] = Counter()
    seeds = range(NOISE_SEEDS.stop, SWEEPS)
    for seed in seeds:
        verdict = sweep(made_up(seed), seed, [used_ledger()] * (seed % 2)).verdict
        fooled.update(rule.name for rule in verdict.rules if rule.passed)
        fooled["edge"] += verdict.edge
    sys.stdout.writelines(f"{count:4} of {len(seeds)} passed {name}\n" for name, count in sorted(fooled.items()))
    assert fooled["edge"] <= len(seeds) * 5 // 100
    assert fooled["dsr"] <= len(seeds) * 5 // 100
    assert fooled["out_of_sample"] <= len(seeds) * 5 // 100


def test_a_planted_edge_is_found_where_it_is() -> None:
    seeds = range(EDGE_SEEDS.stop, PLANTED)
    found = [sweep(made_up(seed, edge=8), seed, [used_ledger()] * (seed % 2)) for seed in seeds]
    declared = sum(one.verdict.edge for one in found)
    sys.stdout.write(f"{declared} of {len(seeds)} planted edges declared\n")
    assert declared >= len(seeds) * 95 // 100
    assert all(one.winner.place == CORNER for one in found)
