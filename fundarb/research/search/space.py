"""The sets of a search in a defined order: axes as they were written, the last one moving fastest."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from fundarb.errors import FundarbError

Place = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Axis:
    """One parameter that is varied: its path and the canonical texts it takes (None: null), in the order given."""

    path: str
    values: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Space:
    """The product of the axes; sets are numbered from 0 and never listed."""

    axes: tuple[Axis, ...]
    shape: tuple[int, ...] = field(init=False, repr=False, compare=False)  # how many values each axis takes

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", tuple(len(axis.values) for axis in self.axes))

    @property
    def size(self) -> int:
        """How many sets there are, those that will be skipped among them."""
        return math.prod(self.shape)

    def place(self, number: int) -> Place:
        """Where a set stands, one index an axis."""
        if not 0 <= number < self.size:
            raise FundarbError(f"there is no set {number} among {self.size}")
        found = []
        for length in reversed(self.shape):
            number, index = divmod(number, length)
            found.append(index)
        return tuple(reversed(found))

    def number(self, place: Place) -> int:
        """The number of the set at a place."""
        number = 0
        for index, length in zip(place, self.shape, strict=True):
            number = number * length + index
        return number

    def params(self, place: Place) -> dict[str, str | None]:
        """What is varied, at one place."""
        return {axis.path: axis.values[index] for axis, index in zip(self.axes, place, strict=True)}
