"""Where live trading is struck: the points of the matrix, each as the step at which the process stands still, and the path
that the wire's faults strike from there on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from tests.e2e.live_gate import Step

CREATE, REALTIME = "/v5/order/create", "/v5/order/realtime"
EXECUTIONS, LOG = "/v5/execution/list", "/v5/account/transaction-log"
Wanted = Callable[[Sequence[Step]], bool]


class Before(Enum):
    """What is at rest when a process starts, and what happened meanwhile."""

    FLAT = auto()
    HELD = auto()
    SETTLED = auto()  # held over a settlement that is not booked yet
    REDUCED = auto()  # half of the short was taken away by the venue


class Meets(Enum):
    """What a fault of the wire meets at a point."""

    SENDING = auto()  # an order that has not been taken up
    ANSWER = auto()  # the answer about one that has
    ORDER = auto()  # either
    READ = auto()  # a question


@dataclass(frozen=True, slots=True)
class Point:
    """`stands` says whether the newest of the steps so far is the one; `prepared` how the venue deals with orders until
    then."""

    name: str
    before: Before
    stands: Wanted
    path: str
    meets: Meets
    prepared: str = ""
    flattens: bool = False
    wire: Wanted | None = None  # where the wire's faults are laid, if that is another step
    order_due: bool = True  # whether an order is to be sent from there on

    def stands_for(self, *, wire: bool) -> Wanted:
        """The step to wait for."""
        return self.wire if wire and self.wire is not None else self.stands


def at(when: str, step: str, number: int = 1) -> Wanted:
    """The n-th time a process stands there."""

    def wanted(steps: Sequence[Step]) -> bool:
        there = [one for one in steps if (one.when, one.step) == (when, step)]
        return len(there) == number and steps[-1] is there[-1]

    return wanted


def booking(kind: str) -> Wanted:
    """Before lines of a kind are written."""

    def wanted(steps: Sequence[Step]) -> bool:
        return (steps[-1].when, steps[-1].step) == ("before", "append") and kind in steps[-1].kinds

    return wanted


POINTS = (
    Point("before send", Before.FLAT, at("after", "put_order"), CREATE, Meets.SENDING),
    Point("sent, no answer", Before.FLAT, at("before", "submit"), CREATE, Meets.ANSWER),
    Point("answer not written", Before.FLAT, at("after", "submit"), REALTIME, Meets.READ, order_due=False),
    Point(
        "partial fill", Before.FLAT, at("before", "executions_of"), EXECUTIONS, Meets.READ, "partial", order_due=False
    ),
    Point("between the legs", Before.FLAT, at("before", "put_order", 2), CREATE, Meets.ORDER),
    Point("during unwind", Before.FLAT, at("before", "put_order", 5), CREATE, Meets.ORDER, "refused"),
    Point("during close", Before.HELD, at("before", "put_order", 2), CREATE, Meets.ORDER, flattens=True),
    Point(
        "during settlement",
        Before.SETTLED,
        booking("funding"),
        EXECUTIONS,
        Meets.READ,
        wire=at("before", "executions"),
        order_due=False,
    ),
    Point("during reconcile", Before.REDUCED, at("before", "flows"), LOG, Meets.READ),
    Point("at start", Before.HELD, at("before", "start"), "/v5/*", Meets.READ, order_due=False),
)
