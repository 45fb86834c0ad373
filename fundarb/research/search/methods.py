"""Which set comes next: all of them, a seeded choice of them, or a guided one. What comes next never depends on how many
workers there are, because a method is asked for batches of a size of its own."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from itertools import islice
from typing import Any, Protocol

from fundarb.errors import ConfigError
from fundarb.research.search.space import Space

TPE_BATCH = 16
PATIENCE = 10  # so many times the trials asked for may be proposed in vain
Answers = Sequence[tuple[int, float | None]]
"""(set, its score, more being better; None where it has none or configuration refuses it)"""


class Proposals(Protocol):
    """Hands out sets by number."""

    @property
    def waits(self) -> bool:
        """Whether all that was handed out must be answered before more is asked for."""
        ...

    def ask(self, most: int) -> list[int]:
        """The next sets, at most so many; none when it is done."""
        ...

    def tell(self, answers: Answers) -> None:
        """What became of sets that were handed out, in that order."""
        ...


class Listed:
    """Sets in an order known beforehand."""

    waits = False

    def __init__(self, numbers: Iterator[int]) -> None:
        self._numbers = numbers

    def ask(self, most: int) -> list[int]:
        """The next of the list."""
        return list(islice(self._numbers, most))

    def tell(self, answers: Answers) -> None:
        """Nothing is learned."""


def every_set(space: Space) -> Proposals:
    """All of them in order."""
    return Listed(iter(range(space.size)))


def random_sets(space: Space, seed: int, trials: int) -> Proposals:
    """Sets drawn without repetition; more than `trials` of them, since some will be refused."""
    return Listed(islice(_drawn(space.size, seed), PATIENCE * trials))


def _drawn(size: int, seed: int) -> Iterator[int]:
    source = random.Random(seed)  # noqa: S311 (a sample, no secret)
    if size <= 1 << 20:
        yield from source.sample(range(size), size)
        return
    seen: set[int] = set()
    while len(seen) < size:
        number = source.randrange(size)
        if number not in seen:
            seen.add(number)
            yield number


class Guided:
    """Tree-structured Parzen estimator (optuna) over the indices of the axes, so nothing off the grid is ever proposed."""

    waits = True

    def __init__(self, space: Space, seed: int, trials: int, where: str) -> None:
        if find_spec("optuna") is None:
            raise ConfigError(
                f"{where}: method: tpe needs optuna, which is not installed; install fundarb[tpe] or take random"
            )
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=max(TPE_BATCH, 2 * len(space.axes)))
        self._study = optuna.create_study(direction="maximize", sampler=sampler)
        self._space, self._left = space, PATIENCE * trials
        self._scales: dict[str, Any] = {
            str(index): optuna.distributions.IntDistribution(0, length - 1) for index, length in enumerate(space.shape)
        }
        self._asked: list[tuple[Any, int]] = []
        self._complete, self._pruned = optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED

    def ask(self, most: int) -> list[int]:
        """A batch, the same size for any number of workers."""
        count = min(TPE_BATCH, most, self._left)
        self._left -= count
        for _ in range(count):
            trial = self._study.ask(self._scales)
            place = tuple(trial.params[name] for name in self._scales)
            self._asked.append((trial, self._space.number(place)))
        return [number for _, number in self._asked]

    def tell(self, answers: Answers) -> None:
        """Learn; what has no score counts as the worst there is."""
        for (trial, asked), (number, score) in zip(self._asked, answers, strict=True):
            assert asked == number, "answers come in the order of the questions"
            if score is None or not math.isfinite(score):
                self._study.tell(trial, state=self._pruned)
            else:
                self._study.tell(trial, score, state=self._complete)
        self._asked = []
