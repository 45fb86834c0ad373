"""What outlives a restart, and what is said of a file that cannot be gone on from."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fundarb.errors import DataError, LockHeld, StorageError, UsageError
from fundarb.sandbox import state as module
from fundarb.sandbox.clock import RunningClock, SteppedClock, VenueClock
from fundarb.sandbox.faults.book import FaultBook
from fundarb.sandbox.faults.reading import rules_of
from fundarb.sandbox.state import LEASE_MS, Keeper, Saved, held, read_state, write_state
from tests.fakes.venue_market import NOW
from tests.sandbox.wall import Wall

MARKET = {"seed": 1, "pairs": 40}


def fault_book() -> FaultBook:
    book = FaultBook(
        rules_of([{"path": "/a", "fault": "reset", "after": 1}, {"path": "*", "fault": "skew", "ms": 5}], "")
    )
    for _ in range(3):
        book.draw("GET", "/a")
    return book


def keeper(path: Path, clock: VenueClock, account: Mapping[str, Any] | None = None) -> Keeper:
    return Keeper(path, MARKET, clock, fault_book(), (lambda: account) if account is not None else None)


def saved(path: Path) -> Saved:
    found = read_state(path)
    assert found is not None
    return found


def test_time_account_and_faults_come_back(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    keeper(path, SteppedClock(NOW, Wall()), {"coins": {"USDT": "12.50"}}).save()
    found = saved(path)
    assert (found.market, found.resume_ms, found.account) == (MARKET, NOW, {"coins": {"USDT": "12.50"}})
    assert [(tally.matched, tally.fired) for tally in found.faults] == [(3, 2), (1, 1)]
    assert tuple(tally.rule for tally in found.faults) == tuple(tally.rule for tally in fault_book().tallies)


def test_restored_faults_go_on_as_if_nothing_had_happened() -> None:
    rules = rules_of([{"path": "*", "fault": "reset", "probability": 0.5}], "")
    whole, first, second = FaultBook(rules, 7), FaultBook(rules, 7), FaultBook((), 7)
    at_once = [whole.draw("GET", "/x").ending is not None for _ in range(60)]
    in_parts = [first.draw("GET", "/x").ending is not None for _ in range(25)]
    second.restore(first.tallies)
    in_parts += [second.draw("GET", "/x").ending is not None for _ in range(35)]
    assert in_parts == at_once
    assert second.fired() == whole.fired()


def test_venue_time_never_goes_back_even_where_the_end_was_sudden(tmp_path: Path) -> None:
    wall, path = Wall(), tmp_path / "state.json"
    clock = RunningClock(NOW, Decimal(60), wall)
    keeper(path, clock).save()
    wall.wait(LEASE_MS)
    assert saved(path).resume_ms >= clock.now_ms()
    keeper(path, clock).save_last()
    assert saved(path).resume_ms == clock.now_ms()


def test_what_a_client_is_about_to_see_is_written_first(tmp_path: Path) -> None:
    wall, path, happened, faults = Wall(), tmp_path / "state.json", [0], fault_book()
    clock = RunningClock(NOW, Decimal(60), wall)
    one = Keeper(path, MARKET, clock, faults, lambda: {"happened": happened[0]}, lambda: happened[0])
    one.save()
    path.unlink()
    wall.wait(LEASE_MS)
    one.keep_up()
    assert not path.exists()  # nothing new, and the time was written ahead
    happened[0] = 1  # an order was filled
    one.keep_up()
    assert (saved(path).account, saved(path).resume_ms) == ({"happened": 1}, clock.now_ms() + 60 * LEASE_MS)
    faults.draw("GET", "/b")  # the skew fires
    one.keep_up()
    assert [tally.fired for tally in saved(path).faults] == [2, 2]
    wall.wait(LEASE_MS + 1)  # something held the exchange up for so long
    one.keep_up()
    assert saved(path).resume_ms >= clock.now_ms()


async def test_a_running_clock_is_saved_again_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVERY_S", 0.01)
    path = tmp_path / "state.json"
    clock = _CountingClock(NOW, Decimal(1), Wall())
    saving = asyncio.create_task(keeper(path, clock).save_again_and_again())
    await asyncio.wait_for(clock.asked_thrice.wait(), 60)
    saving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await saving
    assert saved(path).resume_ms >= NOW + LEASE_MS


class _CountingClock(RunningClock):
    """Tells when it has been asked the time three times."""

    def __init__(self, start_ms: int, speed: Decimal, wall: Wall) -> None:
        super().__init__(start_ms, speed, wall)
        self.asked, self.asked_thrice = 0, asyncio.Event()

    def now_ms(self) -> int:
        """The time."""
        self.asked += 1
        if self.asked == 3:
            self.asked_thrice.set()
        return super().now_ms()


def test_the_file_is_its_owners_and_replaced_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    write_state(path, Saved(MARKET, NOW))
    write_state(path, Saved(MARKET, NOW + 1))
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["state.json"]
    assert json.loads(path.read_text())["resume_ms"] == NOW + 1


def test_no_file_yet_is_no_state(tmp_path: Path) -> None:
    assert read_state(tmp_path / "none.json") is None


@pytest.mark.parametrize(
    "text",
    [
        *["", "{", "[]", "7", '{"version": 0}', '{"version": 1}', '{"version": 1, "faults": [{}]}'],
        '{"version": 1, "market": {}, "resume_ms": "now", "faults": [], "account": null}',
        '{"version": 1, "market": {}, "resume_ms": -1, "faults": [], "account": null}',
        '{"version": 1, "market": 5, "resume_ms": 1767225600000, "faults": [], "account": null}',
    ],
)
def test_what_is_no_state_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text(text)
    with pytest.raises(DataError, match=r"is not the state of .*; name another file"):
        read_state(path)


def test_a_directory_is_no_state(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="directory"):
        read_state(tmp_path)
    with pytest.raises(StorageError, match="could not be written"):
        write_state(tmp_path, Saved(MARKET, NOW))


def test_a_file_belongs_to_one_sandbox_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    with held(path), pytest.raises(LockHeld, match="belongs to a sandbox that runs"), held(path):
        pass
    with held(path):
        pass


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="name a file that can be written"), held(tmp_path / "none" / "state.json"):
        pass
