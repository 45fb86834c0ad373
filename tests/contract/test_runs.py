"""What every Runs promises: results come back value for value, groups in order, the same run only once."""

from __future__ import annotations

import json
from dataclasses import replace
from types import MappingProxyType

import pytest

from fundarb.domain.result import Counts
from fundarb.ports.runs import Runs
from tests.contract.trading_samples import a_run, deposit


async def test_a_run_comes_back_value_for_value(runs: Runs) -> None:
    saved = a_run("r1")
    await runs.save("g1", 1, [("run", saved)])
    assert await runs.load("r1") == saved


async def test_mappings_come_back_in_their_order_and_floats_to_the_bit(runs: Runs) -> None:
    saved = a_run("r1")
    await runs.save("g1", 1, [("run", saved)])
    loaded = await runs.load("r1")
    assert loaded is not None
    for name in ("params", "metrics", "excluded"):
        assert json.dumps(getattr(loaded, name)) == json.dumps(getattr(saved, name))
    assert json.dumps(loaded.counts.refused) == json.dumps(saved.counts.refused)


async def test_read_only_mappings_can_be_saved(runs: Runs) -> None:
    frozen = replace(
        a_run("r1"),
        params=MappingProxyType({"capital": "1"}),
        metrics=MappingProxyType({"cagr": 0.1}),
        excluded=MappingProxyType({}),
        counts=Counts(refused=MappingProxyType({"halted": 1})),
    )
    await runs.save("g1", 1, [("run", frozen)])
    loaded = await runs.load("r1")
    assert loaded is not None
    assert (dict(loaded.params), dict(loaded.counts.refused)) == ({"capital": "1"}, {"halted": 1})


async def test_an_empty_run_comes_back_empty(runs: Runs) -> None:
    empty = replace(a_run("r1"), trades=(), open=(), equity=(), ledger=(), universe=(), flags=(), metrics={})
    await runs.save("g1", 1, [("run", empty)])
    assert await runs.load("r1") == empty


async def test_what_was_never_saved_is_not_there(runs: Runs) -> None:
    assert await runs.load("r1") is None
    assert await runs.group("g1") == ()
    assert await runs.latest_group() is None
    assert await runs.summaries() == ()


async def test_a_group_keeps_its_order_and_roles(runs: Runs) -> None:
    band, cash, simple = a_run("r3", "band"), a_run("r1", "cash"), a_run("r2", "simple")
    members = [("run", band), ("run", simple), ("benchmark", cash), ("benchmark", simple)]
    await runs.save("g1", 1, members)
    assert await runs.group("g1") == tuple(members)


async def test_the_same_run_in_another_group_is_a_membership_and_nothing_else(runs: Runs) -> None:
    first = a_run("r1")
    await runs.save("g1", 1, [("run", first)])
    await runs.save("g2", 2, [("benchmark", replace(first, ledger=(deposit(),), mode="other"))])
    assert await runs.load("r1") == first
    assert await runs.group("g1") == (("run", first),)
    assert await runs.group("g2") == (("benchmark", first),)


async def test_a_group_saved_again_becomes_the_newest_and_gains_only_what_it_lacked(runs: Runs) -> None:
    await runs.save("g1", 1, [("run", a_run("r1"))])
    await runs.save("g2", 2, [("run", a_run("r2"))])
    await runs.save("g1", 3, [("run", a_run("r1")), ("benchmark", a_run("r3"))])
    assert await runs.latest_group() == "g1"
    assert [(role, run.run_id) for role, run in await runs.group("g1")] == [("run", "r1"), ("benchmark", "r3")]


async def test_the_newest_group_is_the_one_stored_last(runs: Runs) -> None:
    await runs.save("late", 9, [("run", a_run("r1"))])
    await runs.save("early", 5, [("run", a_run("r2"))])
    assert await runs.latest_group() == "late"
    await runs.save("also late", 9, [("run", a_run("r2"))])
    assert await runs.latest_group() == "also late"


async def test_summaries_list_the_newest_first(runs: Runs) -> None:
    await runs.save("g1", 1, [("run", a_run("r1", net="20")), ("benchmark", a_run("r2", "cash"))])
    await runs.save("g2", 2, [("run", a_run("r3", "band"))])
    summaries = await runs.summaries()
    assert [(line.group_id, line.run_id, line.role, line.mode) for line in summaries] == [
        ("g2", "r3", "run", "band"),
        ("g1", "r1", "run", "simple"),
        ("g1", "r2", "benchmark", "cash"),
    ]
    first = summaries[1]
    assert (first.from_ms, first.to_ms, first.stored_ms, first.trades) == (0, 86_400_000, 1, 1)
    assert first.net == "15.249999999999999999999999999999999999"
    assert await runs.summaries(limit=1) == summaries[:1]


async def test_a_group_with_a_run_that_cannot_be_stored_leaves_nothing(runs: Runs) -> None:
    broken = replace(a_run("r2"), equity=((0, deposit(0, "NaN").cash),))
    with pytest.raises(ValueError, match="not a finite number"):
        await runs.save("g1", 1, [("run", a_run("r1")), ("run", broken)])
    assert await runs.load("r1") is None
    assert await runs.latest_group() is None
    assert await runs.summaries() == ()
