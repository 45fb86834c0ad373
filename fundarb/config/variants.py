"""The settings of one set of a search: only what a varied path touches is rebuilt and checked again.

Sections are rebuilt from the leaves up, each by its own class, so a combination that configuration refuses is refused
here, too; what a section comes to is remembered, since neighbouring sets share most of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ValidationError

from fundarb.accounting.costs import PairCostParams
from fundarb.config.grid import Constraint
from fundarb.config.schema import Leaf, find
from fundarb.config.settings import SCHEMA, Settings
from fundarb.research.search.space import Axis, Place

REMEMBERED = 8192  # rebuilt sections, each


class Variants:
    """Settings by place: an index into each axis."""

    def __init__(self, base: Settings, axes: Sequence[Axis], constraints: Sequence[Constraint] = ()) -> None:
        typed = [_typed(axis) for axis in axes]
        self._build = _builder(base, _touched(axes), typed)
        self._tests = [_test(constraint, base, axes, typed) for constraint in constraints]

    def settings(self, place: Place) -> Settings | None:
        """The settings there; None where a constraint or the configuration refuses the combination."""
        if not all(holds(place) for holds in self._tests):
            return None
        found = self._build(place)
        return found if isinstance(found, Settings) else None


@dataclass(slots=True)
class _Touched:
    """A section with varied leaves in it or beneath: field name to axis, field name to section."""

    axes: dict[str, int] = field(default_factory=dict)
    sections: dict[str, _Touched] = field(default_factory=dict)

    def all_axes(self) -> list[int]:
        """The axes in it and beneath, sorted."""
        return sorted([*self.axes.values(), *(axis for below in self.sections.values() for axis in below.all_axes())])


def _touched(axes: Sequence[Axis]) -> _Touched:
    root = _Touched()
    for index, axis in enumerate(axes):
        *parents, name = axis.path.split(".")
        here = root
        for parent in parents:
            here = here.sections.setdefault(parent, _Touched())
        here.axes[name] = index
    return root


def _builder(base: Any, touched: _Touched, typed: Sequence[Sequence[object]]) -> Any:
    """A function from a place to the section rebuilt for it, None where it is refused."""
    fields = dict(base) if isinstance(base, Mapping) else _fields(base)
    below = {name: _builder(_section(fields, name), one, typed) for name, one in touched.sections.items()}
    mine = touched.all_axes()

    @lru_cache(maxsize=REMEMBERED)
    def build(key: Place) -> object:
        place = dict(zip(mine, key, strict=True))
        changed = {name: typed[axis][place[axis]] for name, axis in touched.axes.items()}
        for name, inner in below.items():
            changed[name] = inner(place)
            if changed[name] is None:
                return None
        return _checked(base, {**fields, **changed})

    return lambda place: build(tuple(place[axis] for axis in mine))


def _fields(base: Any) -> dict[str, Any]:
    """The fields of a section; of what one pair costs only those given, since a null is refused there."""
    return {name: value for name, value in vars(base).items() if name in base.model_fields_set or value is not None}


def _section(fields: Mapping[str, Any], name: str) -> Any:
    """The section of that name; only a pair that has no costs of its own yet lacks one."""
    return fields.get(name, PairCostParams())


def _checked(base: Any, values: dict[str, Any]) -> object:
    """The section with these values, None where its class refuses them."""
    if isinstance(base, Mapping):
        return values
    model: type[BaseModel] = type(base)
    try:
        return model.__pydantic_validator__.validate_python(values)
    except ValidationError:
        return None


def _typed(axis: Axis) -> tuple[object, ...]:
    """The values of an axis as the parameter has them."""
    leaf = find(SCHEMA, axis.path)
    assert isinstance(leaf, Leaf), f"{axis.path} is no parameter"
    return tuple(leaf.reading.read(text) for text in axis.values)


def _test(constraint: Constraint, base: Settings, axes: Sequence[Axis], typed: Sequence[Sequence[object]]) -> Any:
    """Whether a constraint holds at a place."""
    by_path = {axis.path: index for index, axis in enumerate(axes)}

    def holds(place: Place) -> bool:
        def value_of(path: str) -> object:
            index = by_path.get(path)
            return _value(base, path) if index is None else typed[index][place[index]]

        return constraint.holds(value_of)

    return holds


def _value(base: Settings, path: str) -> object:
    """What the settings hold at a path."""
    here: Any = base
    for name in path.split("."):
        here = here.get(name) if isinstance(here, Mapping) else getattr(here, name, None)
    return here
