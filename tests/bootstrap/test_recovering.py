"""`recover` against a sandbox: the database is gone, the account is not, and afterwards `reconcile` finds nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from fundarb.bootstrap.reconciling import Wish
from fundarb.bootstrap.recovering import LOST, plan_recovery, recover_live
from fundarb.domain.instants import DAY, HOUR
from fundarb.engine.recovering import QUIET, first_activity
from fundarb.errors import JournalConflict
from fundarb.ports.trading import Execution, Flow, FlowKind
from tests.bootstrap.reconciled import acts, found_at_a_sandbox, run
from tests.contract.tradings import BTC
from tests.sandbox.account.scripted import T0

D = Decimal


async def test_a_lost_ledger_is_planned_then_rebuilt_and_nothing_differs(tmp_path: Path) -> None:
    async with found_at_a_sandbox(tmp_path) as found:
        found.live.market.settle("BTCUSDT", T0 + HOUR, "0.0003")
        assert await found.live.enter()
        found.live.step(HOUR)
        found.live.control("adl", symbol="BTCUSDT", fraction="0.25")
        await found.live.look()
        found.live.step(9 * DAY)
        with pytest.raises(JournalConflict, match="has a ledger"):
            await plan_recovery(found.database, found.resolved, found.keys, None)
        new = tmp_path / "new" / "fundarb.db"
        shown = await plan_recovery(new, found.resolved, found.keys, None)
        assert not new.exists()
        assert [subject for _, subject in acts(shown.left.plan)] == ["USDT", *[BTC.symbol] * 3]
        done = await recover_live(new, found.resolved, found.keys, Wish(apply=True), None, found.notes.append)
        assert done.left.agreed
        assert found.notes == [LOST]
        assert done.applied[: len(shown.left.plan)] == shown.left.plan
        code, out, said = await run(new, found.live.sandbox.url, "reconcile", "live")
        assert (code, out, said) == (0, '{"differences": [], "plan": [], "applied": []}', "")
        with pytest.raises(JournalConflict, match="has a ledger"):
            await recover_live(new, found.resolved, found.keys, Wish(apply=True), None, found.notes.append)


class Dated:
    """An account of which only the times of its log matter."""

    def __init__(self, times: Sequence[int]) -> None:
        self._times, self.asked = times, 0

    async def flows(self, span: object) -> tuple[Flow, ...]:
        """Those of the span."""
        self.asked += 1
        flow = Flow("1", FlowKind.TRANSFER, "USDT", D(1), 0, "TRANSFER_IN")
        start_ms, end_ms = span.start_ms, span.end_ms  # type: ignore[attr-defined]  # a Span
        return tuple(replace(flow, at_ms=at_ms) for at_ms in self._times if start_ms <= at_ms < end_ms)

    async def executions(self, span: object) -> tuple[Execution, ...]:
        """None."""
        return ()


@pytest.mark.parametrize("ages", [(1,), (1, 20, 47), (1, 29, 57, 85), ()])
async def test_a_history_begins_after_a_month_in_which_nothing_happened(ages: tuple[int, ...]) -> None:
    now_ms = T0 + 1000 * DAY
    times = [now_ms - age * DAY for age in ages]
    venue = Dated(times)
    since_ms = await first_activity(venue, now_ms)  # type: ignore[arg-type]  # asked for its log alone
    assert all(at_ms > since_ms for at_ms in times)
    assert since_ms >= min(times, default=now_ms) - QUIET - 1
    assert venue.asked <= len(ages) + 1
