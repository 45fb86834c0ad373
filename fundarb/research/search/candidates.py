"""Sets made when they are needed: a million of them are never held at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import overload

from fundarb.research.rules import Setup
from fundarb.research.search.space import Place, Space
from fundarb.signals.panel import Stamps

MakeSetup = Callable[[Place], Setup | None]
"""The setup at a place; None where the combination is refused."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One set by its number, where it stands, and what it varies."""

    number: int
    place: Place
    params: Mapping[str, str | None]


class Candidates(Sequence[Candidate]):
    """The sets of these numbers, each made when looked at."""

    def __init__(self, space: Space, numbers: Stamps) -> None:
        self._space, self._numbers = space, numbers

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, index: int) -> Candidate: ...
    @overload
    def __getitem__(self, index: slice) -> Candidates: ...
    def __getitem__(self, index: int | slice) -> Candidate | Candidates:
        if isinstance(index, slice):
            return Candidates(self._space, self._numbers[index])
        return self._of(int(self._numbers[index]))

    def __iter__(self) -> Iterator[Candidate]:
        return map(self._of, self._numbers.tolist())

    def _of(self, number: int) -> Candidate:
        place = self._space.place(number)
        return Candidate(number, place, self._space.params(place))
