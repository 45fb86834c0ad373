"""From a grid to sets: the settings they all begin with, and the setup of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product

from fundarb.bootstrap.setup import setup_of
from fundarb.config import Resolved, override
from fundarb.config.axes import SAME_IN_ALL
from fundarb.config.grid import Constraint, Grid
from fundarb.config.layers import Raw
from fundarb.config.pairs import canonical_path
from fundarb.config.schema import Leaf, find
from fundarb.config.settings import SCHEMA, Settings
from fundarb.config.variants import Variants
from fundarb.domain.instrument import Pair
from fundarb.errors import ConfigError
from fundarb.research.rules import Setup
from fundarb.research.search.identity import TrialNames
from fundarb.research.search.space import Axis, Place, Space

DECIDING = ("strategy.mode", "margin.mode", "costs.impact_k")  # which lane can run a set


@dataclass(frozen=True, slots=True, eq=False)
class Sets:
    """All sets of a grid on one store: their space, and how to make them."""

    space: Space
    settings: Settings
    constraints: tuple[Constraint, ...]
    fixed: tuple[Axis, ...]

    def maker(self, names: TrialNames) -> SetMaker:
        """Makes the setup at a place, with the flat parameters that its trial is named by."""
        return SetMaker(self, names)

    def base(self) -> dict[str, str | None]:
        """What all sets share, and what is varied as it would be if it were not."""
        fixed = {axis.path: axis.values[0] for axis in self.fixed}
        return dict(sorted((self.settings.flat() | fixed).items()))

    def kinds(self) -> Iterator[Setup]:
        """A setup for each combination of what decides how a set can be run at all."""
        said = {axis.path: axis.values for axis in (*self.fixed, *self.space.axes)}
        setup = setup_of(self.settings)
        values = [said.get(path, (setup.flat[path],)) for path in DECIDING]
        for mode, margin, impact in product(*values):
            yield replace(
                setup,
                strategy=setup.strategy.model_copy(update={"mode": mode}),
                margin=setup.margin.model_copy(update={"mode": margin}),
                costs=setup.costs.model_copy(update={"impact_k": Decimal(impact or 0)}),
            )


class SetMaker:
    """Fills `MakeSetup`."""

    def __init__(self, sets: Sets, names: TrialNames) -> None:
        self._names, self._head = names, (0,) * len(sets.fixed)
        self._variants = Variants(sets.settings, [*sets.fixed, *sets.space.axes], sets.constraints)

    def __call__(self, place: Place) -> Setup | None:
        """The setup at a place; None where the combination is refused."""
        settings = self._variants.settings((*self._head, *place))
        return None if settings is None else setup_of(settings, self._names.flat(place))


def with_fixed(resolved: Resolved, grid: Grid) -> Resolved:
    """The configuration with what the grid fixes. What does not go together without a varied value is left to the sets."""
    settings = resolved.settings
    for changes in (grid.fixed, *({path: raw} for path, raw in grid.fixed.items())):
        try:
            settings = override(settings, changes, grid.where)
        except ConfigError:
            continue
        if changes is grid.fixed:
            break
    return replace(resolved, settings=settings)


def sets_of(resolved: Resolved, grid: Grid, stored: Sequence[Pair]) -> Sets:
    """The sets of a grid, names of pairs being those of the store."""
    space = Space(tuple(replace(axis, path=canonical_path(axis.path, stored)) for axis in grid.space.axes))
    fixed = [
        Axis(canonical_path(path, stored), (_canonical(path, raw),))
        for path, raw in grid.fixed.items()
        if not _says_what_is_read(path)
    ]
    constraints = tuple(
        replace(one, left=_side(one.left, stored), right=_side(one.right, stored)) for one in grid.constraints
    )
    return Sets(space, resolved.canonical(stored), constraints, tuple(fixed))


def _says_what_is_read(path: str) -> bool:
    return path in SAME_IN_ALL or path.partition(".")[0] in SAME_IN_ALL


def _canonical(path: str, raw: Raw) -> str | None:
    leaf = find(SCHEMA, path)
    assert isinstance(leaf, Leaf), f"{path} is no parameter"
    return leaf.text(leaf.reading.read(raw))


def _side(side: str | Decimal, stored: Sequence[Pair]) -> str | Decimal:
    return canonical_path(side, stored) if isinstance(side, str) else side
