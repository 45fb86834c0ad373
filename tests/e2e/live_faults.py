"""Every fault of live trading at every point of it: a real trader is struck there, started again, and journal and venue are
compared by somebody else. `python -m tests.e2e.live_faults [POINT or FAULT …]` prints the table, or part of it.

A rerun of a seed gives the same rows, seconds apart: each cell has a world of its own, venue time stands still, and faults
strike at a step and a path. Patience alone is counted by the wall: a row may differ only on a machine so slow that an
honest answer takes 10 s, or that a storm (35 to 39 s of pauses) is not over within the 45 s a trader sits one out."""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.live_audit import acknowledged
from tests.e2e.live_digest import digest
from tests.e2e.live_gate import Step, gated
from tests.e2e.live_points import POINTS, Before, Meets, Point
from tests.e2e.live_strikes import FAULTS, Fault, Scene, hide, impossible
from tests.e2e.live_template import Template, template
from tests.e2e.live_world import KEYS, World

ENDED_WELL = (0, 4, 6)
HEAD = "| point | fault | result | left | s | seed |\n|---|---|---|---|---|---|\n"


@dataclass(frozen=True, slots=True)
class Cell:
    """One fault at one point."""

    point: Point
    fault: Fault

    def dice(self, seed: int) -> random.Random:
        """Its own, whatever ran before."""
        return random.Random(f"{seed}/{self.point.name}/{self.fault.name}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a cell went; `wrong` is empty where all invariants held, `left` the digest of both sides."""

    cell: Cell
    ended: int | None
    wrong: Sequence[str]
    left: str
    seconds: float

    @property
    def result(self) -> str:
        """What a rerun of the seed gives again."""
        held = "; ".join(self.wrong) or f"held (ended {self.ended})"
        return f"| {self.cell.point.name} | {self.cell.fault.name} | {held} | {self.left} |"

    def row(self, seed: int) -> str:
        """For the table."""
        return f"{self.result} {self.seconds:.1f} | {seed} |\n"


CELLS = tuple(Cell(point, fault) for point in POINTS for fault in FAULTS if impossible(point, fault) is None)


def run(cells: Sequence[Cell], folder: Path, seed: int) -> Iterator[Outcome]:
    """One cell after another."""
    made = template(folder, seed)
    yield from (tried_in(made, cell) for cell in cells)


def tried_in(made: Template, cell: Cell) -> Outcome:
    """A cell in a world of its own."""
    with made.world(cell.point.before) as here:
        return tried(here, cell, made.seed)


def tried(here: World, cell: Cell, seed: int) -> Outcome:
    """A cell, what was wrong with it, and what it left on both sides."""
    rng, began_s, ended = cell.dice(seed), time.monotonic(), None
    try:
        here.rest(cell.point.before, rng, leads=_leading(cell))
        ended, before = _struck(here, cell, rng)
        here.calm()
        here.venue.pass_time(rng.choice((1_000, 600_000)))
        if cell.fault.ruins:
            here.restore(before)
        else:
            here.restart(rng)
        wrong = here.wrong(None if cell.fault.ruins else before)
    except AssertionError as error:
        wrong = [" ".join(str(error).split())]
        here.calm()  # so that the digest can be asked for
    return Outcome(cell, ended, wrong, digest(here.venue, here.database), time.monotonic() - began_s)


def _struck(here: World, cell: Cell, rng: random.Random) -> tuple[int, dict[str, list[Any]]]:
    """Run a trader up to the point, strike, and let it come to its end; its exit code, and what it had acknowledged."""
    point, fault = cell.point, cell.fault
    words = here.trading(*(("--flatten-on-exit",) if point.flattens else ()))
    stands, scene, before = point.stands_for(wire=fault.wire), None, {}
    here.prepare(point.prepared)
    with ExitStack() as until_it_ends, gated(words, here.cwd, **KEYS) as process:
        for step in process.steps():
            if scene is None and stands(process.passed):
                scene = Scene(here.venue, here.cwd, here.database, point, process, step, rng, words, until_it_ends)
                before = acknowledged(here.database)
                fault.strike(scene)
            elif scene is not None and scene.hide_next and (step.when, step.step) == ("after", "submit"):
                scene.hide_next = False
                hide(scene, step)
        done = here.heard(process.finish())
    assert scene is not None, f"the point was never reached; it ended with {done.returncode}: {done.stderr[-300:]}"
    _require_led(here, point, process.passed)
    _require_struck(scene, fault, done.returncode, done.stderr)
    here.feigned += fault.name == "duplicate id"
    return done.returncode, before


def _leading(cell: Cell) -> str | None:
    """What must lead for a short to be there when it is to be taken away: the perp into a position, the spot out of it."""
    if not cell.fault.needs_short:
        return None
    return "perp" if cell.point.before is Before.FLAT else "spot"


def _require_led(here: World, point: Point, passed: Sequence[Step]) -> None:
    """Into a position and out of it, the leg of which there was less went first."""
    if point.before is Before.FLAT or point.flattens:
        led = next(step.leg for step in passed if step.step == "put_order")
        assert led == here.leads, f"the {led} led, though there was less of the {here.leads}"


def _require_struck(scene: Scene, fault: Fault, code: int, said: str) -> None:
    """The fault was fired, and met by an end in bounded time that says why."""
    assert not scene.expects_fired or scene.venue.fired(), "the fault was never fired"
    assert not scene.hide_next, "no order came that could be hidden"
    assert "Traceback" not in said, said[-600:]
    killed = fault.name in ("kill -9", "corrupt page")
    broken = fault.name in ("disk full", "database locked")
    allowed = (-9,) if killed else (*ENDED_WELL, 1, 5) if broken else ENDED_WELL
    assert code in allowed, f"ended with {code}, not {allowed}: {said[-300:]}"


def drawn(seed: int, share: int, patient: int) -> list[Cell]:
    """One in so many of all cells, by the dice, point by point; few of those that sit out what is counted by the wall: they
    are asked for in full by the long campaign."""
    long = [cell for cell in CELLS if waits(cell)]
    short = [cell for cell in CELLS if not waits(cell)]
    rng, wanted = random.Random(seed), -(-len(CELLS) // share)
    chosen = rng.sample(long, patient) + rng.sample(short, wanted - patient)
    return sorted(chosen, key=lambda cell: POINTS.index(cell.point))


def waits(cell: Cell) -> bool:
    """Whether a timeout, a throttle, a busy database or the 15 s without a trace of an order may be sat out in it."""
    unsent = cell.point.meets is Meets.SENDING or (cell.point.meets is Meets.ORDER and cell.fault.landed is not True)
    return cell.fault.sat_out or (cell.fault.wire and unsent and not cell.fault.refused)


def impossibilities() -> str:
    """The cells that are none, by their reason."""
    reasons: dict[str, list[str]] = {}
    for point in POINTS:
        for fault in FAULTS:
            if why := impossible(point, fault):
                reasons.setdefault(why, []).append(f"{fault.name} {point.name}")
    return "".join(f"- {why}: {', '.join(cells)}\n" for why, cells in reasons.items())


def main(names: Sequence[str], seed: int = 1) -> int:
    """Print each row as it is known; 1 if any invariant was broken."""
    cells = [cell for cell in CELLS if not names or cell.point.name in names or cell.fault.name in names]
    broken = 0
    sys.stdout.write(HEAD)
    with tempfile.TemporaryDirectory() as folder:
        for outcome in run(cells, Path(folder), seed):
            broken += bool(outcome.wrong)
            sys.stdout.write(outcome.row(seed))
            sys.stdout.flush()
    sys.stdout.write(f"\n{len(cells)} cells, {broken} broken. Impossible:\n{impossibilities()}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
