"""The ledger of trials: every parameter set that was ever run, counted once, with its daily returns beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from fundarb.signals.panel import Flags, Floats, Stamps


@dataclass(frozen=True, slots=True)
class TrialScope:
    """What the trials of a search share: pairs, range, data and code; `days` is how many daily returns each has."""

    scope_id: str
    pairs: tuple[str, ...]
    from_ms: int
    to_ms: int
    data_hash: str
    code_version: str
    days: int


@dataclass(frozen=True, slots=True, eq=False)
class TrialRows:
    """Trials by column, one row a trial: its identity, what was varied, its lane, and its figures (NaN: undefined)."""

    ids: tuple[str, ...]
    params: tuple[Mapping[str, str | None], ...]
    lane: str
    metrics: Floats  # in the order of METRICS
    totals: Floats
    counts: Stamps
    daily: Floats  # (trials × days); kept as float32


@dataclass(frozen=True, slots=True, eq=False)
class Recalled:
    """What the ledger holds of the trials asked for: `known` says which; rows of the others are NaN or 0."""

    known: Flags
    metrics: Floats
    totals: Floats
    counts: Stamps


ALONE = -1


class Tried(NamedTuple):
    """One metric of everything that was ever tried, how many daily returns it was taken of, and what it was tried beside:
    trials of one number share pairs, range, data and code; those of ALONE share them with none."""

    values: Floats
    days: Stamps
    beside: Stamps


class Trials(Protocol):
    """Keeps trials; one that is already there stays as it is, so that running it again counts nothing twice."""

    async def record(self, scope: TrialScope, base: Mapping[str, str | None], rows: TrialRows, at_ms: int) -> None:
        """Store a finished chunk, whole or not at all; `base` is what was not varied."""
        ...

    async def recall(self, scope: TrialScope, ids: Sequence[str]) -> Recalled:
        """The figures of those that are stored with their returns unharmed."""
        ...

    async def returns(self, scope: TrialScope, ids: Sequence[str]) -> Floats:
        """Daily returns, a row each in that order; NaN throughout for what is not stored."""
        ...

    async def overlapping(self, pairs: Sequence[str], from_ms: int, to_ms: int, metric: str) -> Tried:
        """Everything ever tried on some of these pairs in a part of that range, each once: trials of searches and of
        training stretches, and backtests that were asked for, where the store keeps these."""
        ...

    async def save_sweep(self, sweep_id: str, at_ms: int, document: str) -> None:
        """Keep the answer of a search; asked again it is replaced."""
        ...

    async def sweep(self, sweep_id: str) -> str | None:
        """The stored answer of a search."""
        ...
