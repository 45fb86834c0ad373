"""The plan: what a strategy thinks of every settlement of every pair, before any portfolio is looked at.

Scores and forecasts are whole numbers of 1e-12 (the 12 decimals at which they are compared), so that arrays compare
exactly as the Decimals they stand for. What holds from a moment on (a band refitted each month) is a regime."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol, TypeVar

from fundarb.domain.decision import EntryReason, ExitReason
from fundarb.domain.money import UNIT

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


ABSENT = -(2**63)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Regime:
    """Which settlements ask to enter or to exit, for events at or after `since_ms`; rows stand beside the panel's."""

    since_ms: int
    enter: NDArray[np.bool_]
    exit: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Rows stand beside `panel.settlements`; ABSENT marks a missing score or forecast.

    `rank` orders entries at one event, highest first, ties by symbol; `rotates` asks for the swap of semantics §7;
    `sticky` plans (hold) ignore what makes every other strategy leave: stale data, time, the limit on positions;
    `always` marks pairs (panel order) that ask to enter at every event, before their first settlement too.
    Before `ready_ms` nothing can be decided; `history_ms` is how much history a decision needs."""

    regimes: tuple[Regime, ...]
    rank: NDArray[np.int64]
    score: NDArray[np.int64] | None
    forecast: NDArray[np.int64] | None
    entry_reason: EntryReason
    exit_reason: ExitReason | None
    rotates: bool = False
    sticky: bool = False
    always: NDArray[np.bool_] | None = None
    ready_ms: int | None = None
    history_ms: int = 0


def nothing() -> None:
    """A checkpoint that lets everything pass."""


class Remember(Protocol):
    """Makes what a key stands for, or takes it from plans made before on the same panel."""

    def __call__(self, key: Hashable, make: Callable[[], T], /) -> T:
        """What `make` makes; `key` says all that it depends on beside the panel and its stand-ins."""
        ...


def make_anew(_: Hashable, make: Callable[[], T]) -> T:
    """Remembers nothing."""
    return make()


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """What a strategy may know beside its panel and its own parameters: the range, the costs, the price of capital.

    `event_times` are the moments at which decisions fall; `stand_ins` the pairs whose spot is the perp's price.
    Whoever computes for long calls `checkpoint` now and then, which raises once nobody waits for the plan any more, and
    asks `remember` for what many plans have in common."""

    from_ms: int
    event_times: NDArray[np.int64]
    round_trip_bp: float
    charge_bp: float
    stand_ins: frozenset[str] = frozenset()
    checkpoint: Callable[[], None] = nothing
    remember: Remember = make_anew

    @property
    def cost_bp(self) -> float:
        """One way: half a round trip."""
        return self.round_trip_bp / 2


def at_least_units(threshold: Decimal) -> int:
    """The least whole number of 1e-12 that counts as `>= threshold`, the tolerance of 1e-12 included."""
    return math.ceil(Fraction(threshold) * UNIT - 1)
