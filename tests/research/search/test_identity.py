"""Two trials are one where parameters, pairs, range, data and code are the same, whatever grid they came from."""

from __future__ import annotations

from dataclasses import replace

from fundarb.research.search.identity import LENGTH, TrialNames, scope_of
from fundarb.research.search.space import Axis, Space
from tests.research.search.stages import AXES, SPACE, base_setup, maker, small_stage

BASE = {"capital": "10000", "strategy.band.enter": None, "universe.pairs": "[]", "z": "1"}


def name(base: dict[str, str | None], axes: tuple[Axis, ...], place: tuple[int, ...], scope: str = "s") -> str:
    names = TrialNames(scope, base, axes)
    return names.trial_id(names.flat(place))


def test_the_same_parameters_have_one_name_from_any_grid() -> None:
    plain = name(BASE, (), ())
    assert len(plain) == LENGTH
    assert plain == name(BASE, (Axis("capital", ("1", "10000")),), (1,))
    assert plain == name(BASE, (Axis("z", ("1",)), Axis("capital", ("10000",))), (0, 0))
    assert plain == name(BASE, (Axis("strategy.band.enter", (None, "0.1")),), (0,))
    assert plain == name({**BASE, "universe.pairs": "[A]"}, (), ())  # the pairs themselves are in the scope


def test_whatever_differs_makes_another_name() -> None:
    axes = (Axis("capital", ("10000", "1")), Axis("strategy.band.enter", (None, "0.1", "None")), Axis("z", ("1", "")))
    space = Space(axes)
    names = {name(BASE, axes, space.place(number)) for number in range(space.size)}
    assert len(names) == space.size
    assert name(BASE, (), (), "other") not in names
    assert name({**BASE, "y": "1"}, (), ()) not in names


def test_flat_parameters_are_those_of_a_backtest() -> None:
    make, names = maker(small_stage())
    setup = make((1, 0, 1))
    assert setup is not None
    same = base_setup(*(f"{path}={text}" for path, text in SPACE.params((1, 0, 1)).items()))
    assert setup == same
    assert list(setup.flat) == list(same.flat)
    assert names.flat((1, 0, 1)) == same.flat
    assert [axis.path for axis in AXES] == ["strategy.simple.entry", "strategy.simple.exit", "sizing.size_usd"]


def test_a_scope_is_pairs_range_data_and_code() -> None:
    stage = small_stage(5, 2)
    scope = scope_of(stage)
    assert (scope.pairs, scope.days) == (("P000/USDT:USDT", "P001/USDT:USDT"), 5)
    assert scope == scope_of(small_stage(5, 2))
    others = [small_stage(6, 2), small_stage(5, 3), replace(stage, code_version="2")]
    assert len({scope.scope_id, *(scope_of(other).scope_id for other in others)}) == 4
