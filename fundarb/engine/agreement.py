"""Whether journal and venue agree: a whole comparison every so often and after any doubt, a glance at each look between.

Entries need agreement. A look that fails is told and taken again at the next one; the first, and an hour of them, raise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from fundarb.domain.instants import HOUR
from fundarb.engine.glance import Glance
from fundarb.engine.healing import Healed, Healer
from fundarb.engine.reconcile.plan import Act, Difference, Step
from fundarb.errors import FundarbError, RiskHalt, VenueError
from fundarb.ports.clock import Clock
from fundarb.ports.executor import FillLedger

PATIENCE_MS = HOUR  # without a look that succeeds
_ROUTINE = (Act.BOOK, Act.ADJUST)  # told by what is booked


class Tell(Protocol):
    """Hears what happened: its name, the pair, why, and figures."""

    def __call__(self, name: str, pair: str | None, reason: str | None, data: Mapping[str, Any]) -> None: ...


def nobody(name: str, pair: str | None, reason: str | None, data: Mapping[str, Any]) -> None:
    """Nobody listens."""


class Agreement:
    """The state of one portfolio's comparison. `every_ms` 0: each look is a whole one."""

    def __init__(self, healer: Healer, glance: Glance, clock: Clock, every_ms: int = 0, tell: Tell = nobody) -> None:
        self._healer, self._glance, self._every_ms = healer, glance, every_ms
        self._now_ms: Callable[[], int] = clock.now_ms
        self.tell = tell
        self.healed: Healed | None = None
        self.doubts: str | None = None
        self._compared_ms: int | None = None
        self._failing_since_ms: int | None = None
        self._told: tuple[Difference, ...] = ()

    @property
    def agreed(self) -> bool:
        """Whether nothing differs, as far as one could look."""
        return self.healed is not None and self.healed.left.agreed

    @property
    def unresolved(self) -> str | None:
        """What is not settled, and what a person may do about it; None where all is."""
        if self.doubts is not None:
            return self.doubts
        if self.healed is None or self.agreed:
            return None
        found = "; ".join(f"{one.subject}: {one.kind}, {one.venue} against {one.journal}" for one in self._told)
        return f"venue and journal differ ({found}); `fundarb reconcile live` shows the plan"

    @property
    def foreign(self) -> tuple[Step, ...]:
        """What is at the venue and not in the journal, as what a person may do about it."""
        plan = self.healed.left.plan if self.healed is not None else ()
        return tuple(step for step in plan if step.act in (Act.ADOPT, Act.EXCLUDE))

    async def look(self, ledger: FillLedger) -> None:
        """Book what happened and heal what policy allows."""
        try:
            if not await self._still(ledger):
                await self._compare(ledger)
        except (VenueError, RiskHalt) as error:
            self.doubt(error)
            if self._hopeless(error):
                raise
        else:
            self._failing_since_ms = None

    def doubt(self, error: FundarbError) -> None:
        """Something may have happened that is not known: nothing is taken for granted until the next whole look."""
        if self.doubts is None:
            self.tell("unsure", None, str(error), {})
        self.healed, self.doubts = None, str(error)

    async def _still(self, ledger: FillLedger) -> bool:
        """Whether the last whole look agreed, is young, and nothing happened since."""
        compared_ms = self._compared_ms
        if not self.agreed or compared_ms is None or self._now_ms() - compared_ms >= self._every_ms:
            return False
        return await self._glance.quiet(ledger, compared_ms)

    async def _compare(self, ledger: FillLedger) -> None:
        self.healed = None
        began_ms = self._now_ms()
        healed = await self._healer.heal(ledger)
        self._compared_ms = began_ms
        for step in healed.applied:
            if step.act not in _ROUTINE or step.fills:
                self.tell("healed", step.pair, step.words, {"act": str(step.act), "subject": step.subject})
        self._tell_differences(healed)
        self.healed, self.doubts = healed, None

    def _tell_differences(self, healed: Healed) -> None:
        """What differs whenever it is something else than before; and that nothing does any more."""
        differing = healed.left.differences
        if differing and (differing != self._told or self.doubts is not None):
            data = {
                "differences": [f"{one.subject}: {one.kind}, {one.venue} against {one.journal}" for one in differing],
                "plan": [f"{step.subject}: {step.words}" for step in healed.left.plan],
            }
            self.tell("differs", None, "a person must decide", data)
        elif not differing and (self._told or self.doubts is not None):
            self.tell("agreed", None, None, {})
        self._told = differing

    def _hopeless(self, error: FundarbError) -> bool:
        """Nothing was ever seen, or not for too long. An order nobody can tell of hinders its pair alone."""
        now_ms = self._now_ms()
        if self._failing_since_ms is None:
            self._failing_since_ms = now_ms
        if isinstance(error, RiskHalt):
            return False
        return self._compared_ms is None or now_ms - self._failing_since_ms >= PATIENCE_MS
