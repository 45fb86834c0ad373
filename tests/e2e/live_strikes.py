"""What strikes live trading: each fault of the matrix as what is done to a process that stands still, its venue or its disk,
and the reasons why some cannot happen at some points."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tests.cli.processes import fundarb
from tests.e2e.live_audit import API, Venue
from tests.e2e.live_gate import Gated, Step
from tests.e2e.live_points import Before, Meets, Point
from tests.e2e.trading import control, faulty

MARKET = "SOLUSDT"
LATE_MS = 1_000  # of the wall: later than an answer, sooner than one gives up
NO_BYTE_MORE = 4_096  # less than one page of a journal with its header


@dataclass
class Scene:
    """A process that stands at its point, and what can be done about it."""

    venue: Venue
    cwd: Path
    database: Path
    point: Point
    process: Gated
    step: Step
    rng: random.Random
    words: list[str]
    until_it_ends: ExitStack = field(default_factory=ExitStack)
    expects_fired: bool = False
    hide_next: bool = False


Strike = Callable[[Scene], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """A row of the matrix. `landed`: whether the order it strikes was taken up, None where either may be."""

    name: str
    strike: Strike
    wire: bool = False
    landed: bool | None = None
    orders_only: bool = False  # strikes an order that is still to be taken up, or says what only orders are told
    needs_short: bool = False
    ruins: bool = False  # the database is lost with it
    sat_out: bool = False  # lasts for seconds of the wall
    refused: bool = False  # says for certain that an order was not placed, or only shakes the clock


def _wired(name: str, landed: bool | None = None, *, count: int = 1, orders_only: bool = False, **rule: Any) -> Fault:
    """A fault of the wire, at the path of the point."""
    storm, skewed = count > 1, rule["fault"] == "skew"

    def strike(scene: Scene) -> None:
        after = _is_landed(scene, landed)
        where = {} if skewed else {"where": "after" if after else "before", "count": count}
        path = "*" if skewed or storm else scene.point.path
        code = {"code": 170141} if rule.get("code") == 110072 and scene.step.leg == "spot" else {}
        faulty(scene.venue.url, {"path": path, **rule, **where, **code})
        scene.expects_fired = True

    return Fault(
        name,
        strike,
        wire=True,
        landed=landed,
        orders_only=orders_only,
        sat_out=storm or skewed or rule["fault"] == "timeout",
        refused=storm or skewed or rule.get("code") == 10002,
    )


def _is_landed(scene: Scene, landed: bool | None) -> bool:
    """As the point, the fault or the dice have it."""
    if scene.point.meets in (Meets.SENDING, Meets.ANSWER):
        return scene.point.meets is Meets.ANSWER
    if scene.point.meets is Meets.READ:
        return False
    return scene.rng.random() < 0.5 if landed is None else landed


def _kill(scene: Scene) -> None:
    """Where it stands; while an answer is awaited, once the venue has taken the order up."""
    if scene.point.meets is Meets.ANSWER:
        faulty(scene.venue.url, {"path": scene.point.path, "fault": "timeout", "where": "after", "count": 1})
        scene.process.release()
        for _ in range(10_000):  # each turn is a request: the sandbox tells when the order is there
            if scene.venue.fired():
                break
        else:
            raise AssertionError("the order never came to the venue")
    scene.process.kill()


def _late(scene: Scene) -> None:
    """The order is taken up only a while after its answer."""
    control(scene.venue.url, "account/accept-ms", ms=str(LATE_MS))
    scene.until_it_ends.callback(control, scene.venue.url, "account/accept-ms", ms="0")


def _hidden(scene: Scene) -> None:
    """Who asks about the order is told for a while that there is none."""
    if scene.point.name == "answer not written":
        hide(scene, scene.step)
    else:
        scene.hide_next = True


def hide(scene: Scene, step: Step) -> None:
    """The order of this step, while its process runs at most."""
    order = {"category": "spot" if step.leg == "spot" else "linear", "orderLinkId": step.order}
    control(scene.venue.url, "account/hide", ms=str(LATE_MS), **order)
    scene.until_it_ends.callback(partial(control, scene.venue.url, "account/hide", ms="0", **order))


def _partly(scene: Scene) -> None:
    control(scene.venue.url, "account/fill-next", fraction=scene.rng.choice(("0.4", "0.03", "0.9")))


def _deleveraged(scene: Scene) -> None:
    _taken_away(scene, "adl", fraction=scene.rng.choice(("0.3", "0.5", "1")))


def _bust(scene: Scene) -> None:
    _taken_away(scene, "bust")


def _taken_away(scene: Scene, how: str, **more: str) -> None:
    """Of the short there is, once what was sent has arrived."""
    scene.venue.arrive()
    before = scene.venue.short(MARKET)
    control(scene.venue.url, f"account/{how}", symbol=MARKET, **more)
    assert scene.venue.short(MARKET) < before, "nothing was taken away"


def _disk_full(scene: Scene) -> None:
    scene.process.without_disk(NO_BYTE_MORE)


def _locked(scene: Scene) -> None:
    """Another process writes and does not come to an end."""
    scene.until_it_ends.enter_context(_writing(scene.database))


@contextmanager
def _writing(database: Path) -> Iterator[None]:
    connection = sqlite3.connect(database, isolation_level=None, timeout=30)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


def _second(scene: Scene) -> None:
    """Another trader on the same database is turned away; before the first has begun it is the first."""
    done = fundarb(*scene.words, cwd=scene.cwd, FUNDARB_API_KEY=API[0], FUNDARB_API_SECRET=API[1])
    assert done.returncode == (0 if scene.point.name == "at start" else 5), done.stderr


def _corrupted(scene: Scene) -> None:
    """A table's first page is overwritten while nobody has the file open."""
    scene.process.kill()
    scene.process.finish()
    connection = sqlite3.connect(scene.database)
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        table = scene.rng.choice(("ledger", "orders", "fills"))
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    finally:
        connection.close()
    with scene.database.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


FAULTS = (
    Fault("kill -9", _kill),
    _wired("timeout, landed", True, fault="timeout"),
    _wired("timeout, not landed", False, fault="timeout"),
    _wired("reset, landed", True, fault="reset"),
    _wired("reset, not landed", False, fault="reset"),
    _wired("truncated", fault="truncate"),
    _wired("HTML 200", fault="html", status=200),
    _wired("HTML 502", fault="html", status=502),
    _wired("HTML 524", fault="html", status=524),
    _wired("broken JSON", fault="broken-json"),
    _wired("10002", False, fault="code", code=10002),
    _wired("10006 storm", False, count=3, fault="code", code=10006),
    _wired("403 storm", False, count=3, fault="forbidden"),
    _wired("10016", fault="code", code=10016),
    _wired("170146", orders_only=True, fault="code", code=170146),
    _wired("duplicate id", True, orders_only=True, fault="code", code=110072),
    _wired("clock +5.5 s", fault="skew", ms=5_500),
    _wired("clock -5.5 s", fault="skew", ms=-5_500),
    Fault("late fill", _late, orders_only=True),
    Fault("not found for a while", _hidden, orders_only=True),
    Fault("partly filled", _partly, orders_only=True),
    Fault("ADL", _deleveraged, needs_short=True),
    Fault("bust", _bust, needs_short=True),
    Fault("disk full", _disk_full),
    Fault("database locked", _locked, sat_out=True),
    Fault("corrupt page", _corrupted, ruins=True),
    Fault("second process", _second),
)


def impossible(point: Point, fault: Fault) -> str | None:
    """Why there is no such cell; None where there is."""
    if fault.needs_short and point.before is Before.FLAT and point.meets in (Meets.SENDING, Meets.ANSWER):
        return "nothing is short yet"
    if point.meets is Meets.READ:
        return _impossible_for_questions(point, fault)
    if fault.wire and point.meets is Meets.SENDING and fault.landed:
        return "nothing has landed yet"
    if point.meets is Meets.ANSWER and (fault.landed is False or fault.name.startswith("clock")):
        return "the order has landed"
    return None


def _impossible_for_questions(point: Point, fault: Fault) -> str | None:
    """What only orders meet."""
    if fault.wire and fault.landed:
        return "a question does not land"
    if fault.wire and fault.orders_only:
        return "only orders are told this"
    if fault.name == "not found for a while" and point.name == "answer not written":
        return None
    return "no order is to be sent from there on" if fault.orders_only and not point.order_due else None
