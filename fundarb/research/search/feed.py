"""Feeds a search with sets: asks the method, leaves out what configuration refuses, and never runs one set twice."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from fundarb.research.rules import Setup
from fundarb.research.search.candidates import MakeSetup
from fundarb.research.search.methods import Proposals
from fundarb.research.search.space import Space

AT_ONCE = 256  # asked of a method whose order is known beforehand


class Ready(NamedTuple):
    """A set that can be run."""

    number: int
    setup: Setup


class Feed:
    """Hands out at most `limit` sets, in an order that depends on nothing but the method."""

    def __init__(self, space: Space, proposals: Proposals, make: MakeSetup, limit: int) -> None:
        self._space, self._proposals, self._make, self._limit = space, proposals, make, limit
        self._queue: deque[Ready] = deque()
        self._batch: list[int] = []  # handed out by a method that waits for its answers
        self._scores: dict[int, float | None] = {}  # of such a method
        self._dry = False
        self.made = self.skipped = 0

    def take(self, most: int) -> list[Ready]:
        """The next sets; none while answers are awaited, or at the end."""
        while len(self._queue) < most and not self._dry and not self._batch:
            self._refill()
        return [self._queue.popleft() for _ in range(min(most, len(self._queue)))]

    def answer(self, number: int, score: float) -> None:
        """What a set came to, for a method that learns; once a batch is answered it goes on."""
        if not self._proposals.waits:
            return
        self._scores[number] = score
        if self._batch and all(asked in self._scores for asked in self._batch):
            self._proposals.tell([(asked, self._scores[asked]) for asked in self._batch])
            self._batch = []

    def _refill(self) -> None:
        whole = len(self._scores) == self._space.size  # a method that learns may go on asking for what is known
        numbers = [] if whole else self._proposals.ask(AT_ONCE)
        self._dry = not numbers
        for number in numbers:
            if self.made == self._limit:
                self._dry = True
                break
            self._add(number)
        if self._proposals.waits and not self._dry:
            self._await(numbers)

    def _add(self, number: int) -> None:
        if number in self._scores:
            return
        setup = self._make(self._space.place(number))
        if self._proposals.waits:
            self._scores[number] = None
        if setup is None:
            self.skipped += 1
        else:
            self.made += 1
            self._queue.append(Ready(number, setup))

    def _await(self, numbers: list[int]) -> None:
        """Answers are due for what was queued; the rest of the batch is known already."""
        queued = {ready.number for ready in self._queue}
        for number in queued:
            del self._scores[number]
        self._batch = numbers
        if not queued:
            self._proposals.tell([(number, self._scores[number]) for number in numbers])
            self._batch = []
