"""What risk demands is left at once, whatever the strategy wants and whatever anyone did before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import pytest

from fundarb.accounting.book import Book
from fundarb.accounting.margin import MarginTerms
from fundarb.domain.decision import ExitReason, ExitRequest
from fundarb.domain.ledger import LedgerLine
from fundarb.engine.caution import Demands
from fundarb.engine.cycle import Cycle, CycleRules
from fundarb.engine.decide import HoldingRules
from fundarb.engine.sampling import Samples
from fundarb.engine.states import State
from fundarb.errors import DatabaseBusy
from fundarb.ports.feed import View
from fundarb.risk.gate import FREE, GateRules, Standing
from fundarb.risk.limits import RiskParams
from fundarb.risk.sizing import SizingParams
from tests.engine.paper_scene import RULES, A, Scene, a_scene
from tests.engine.scenes import at
from tests.engine.test_decide import Row
from tests.risk.views import EVERYTHING_OFF


@dataclass
class Demanding:
    """Fills `Caution`: wants these pairs left, and halts entries."""

    pairs: tuple[str, ...] = (A,)
    halts: bool = False

    async def look(self, view: View, book: Book, standing: Standing) -> Demands:
        """The same at every look, as far as it is held."""
        exits = tuple(ExitRequest(pair, ExitReason.MARGIN) for pair in self.pairs if pair in book.positions)
        return Demands(exits, Standing(all_halted=True) if self.halts else standing)


def cycle_of(scene: Scene, demanding: Demanding) -> Cycle:
    """A cycle that was just begun on what the scene holds."""
    margin = MarginTerms("isolated", Decimal(2))
    gate = GateRules(RiskParams(**EVERYTHING_OFF), RULES.costs, {A: scene.stream.pair}.__getitem__, margin)
    rules = CycleRules(
        gate, HoldingRules(None, None, None), SizingParams(), Decimal(500), lambda *_: Decimal(0), lambda *_: None
    )
    cycle = Cycle(rules, scene.executor, scene.ledger, Samples(at(0), Decimal(10_000), margin))
    cycle.caution = demanding
    return cycle


async def test_the_first_look_after_a_start_may_already_have_to_leave() -> None:
    scene = await a_scene()
    cycle = cycle_of(scene, Demanding())
    await cycle.watch(scene.view(2, "100"))
    (trade,) = scene.ledger.book.closed
    assert trade.close_reason == "margin"
    assert cycle.machine.state is State.IDLE


async def test_what_could_not_be_left_is_left_at_the_next_look() -> None:
    scene = await a_scene()
    cycle = cycle_of(scene, Demanding())
    await cycle.watch(scene.view(2, None))
    assert (A in scene.ledger.book.positions, cycle.tally.no_price) == (True, 1)
    assert cycle.machine.state is State.MONITORING
    await cycle.watch(scene.view(2.1, "100"))
    assert scene.ledger.book.positions == {}


@pytest.mark.parametrize("way", ["watch", "step", "leave_all"])
async def test_after_a_step_that_could_not_be_written_the_next_one_goes_on(way: str) -> None:
    scene = await a_scene()
    cycle = cycle_of(scene, Demanding())
    real = scene.ledger.post

    async def taken(lines: Sequence[LedgerLine]) -> None:
        raise DatabaseBusy("somebody writes")

    async def go() -> None:
        view = scene.view(2, "100")
        if way == "leave_all":
            await cycle.leave_all(view, ExitReason.END)
        elif way == "watch":
            await cycle.watch(view)
        else:
            await cycle.step(view, Row([], frozenset(), {}), FREE)

    scene.ledger.post = taken  # type: ignore[method-assign]  # the other program of this test
    for _ in range(2):
        with pytest.raises(DatabaseBusy):
            await go()
        assert cycle.machine.state is State.ERROR
    scene.ledger.post = real  # type: ignore[method-assign]  # it is gone again
    await go()
    assert scene.ledger.book.positions == {}
    assert cycle.machine.state is State.IDLE


async def test_of_two_reasons_to_leave_that_of_risk_counts_and_it_is_left_once() -> None:
    scene = await a_scene()
    cycle = cycle_of(scene, Demanding())
    view = scene.view(8, "100", settled=True)
    await cycle.step(view, Row([], frozenset({A}), {A: view.at_ms}, exit_reason=ExitReason.SCORE), FREE)
    (trade,) = scene.ledger.book.closed
    assert trade.close_reason == "margin"
    assert cycle.tally.no_price == 0


@pytest.mark.parametrize("halts", [False, True])
async def test_a_halt_that_comes_with_the_look_stops_the_entries_of_that_look(*, halts: bool) -> None:
    scene = await a_scene()
    cycle = cycle_of(scene, Demanding(pairs=(), halts=halts))
    await cycle.executor.leave(scene.view(2, "100"), scene.ledger, ExitRequest(A, ExitReason.END))
    assert scene.ledger.book.positions == {}
    view = scene.view(8, "100", settled=True)
    await cycle.step(view, Row([A], frozenset(), {A: view.at_ms}, exit_reason=None), FREE)
    assert (cycle.tally.refused["halted"], cycle.tally.entries) == ((1, 0) if halts else (0, 1))
