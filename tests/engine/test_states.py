"""What a trader is doing: changes are told before they count, and impossible ones cannot be made."""

from __future__ import annotations

import pytest

from fundarb.engine.states import FOLLOWING, InvalidTransition, State, StateMachine


def test_a_day_of_trading_passes_through_its_states() -> None:
    told: list[tuple[str, str, int]] = []
    machine = StateMachine(lambda before, after, at_ms: told.append((before, after, at_ms)))
    path = [State.SCANNING, State.OPENING, State.MONITORING, State.SCANNING, State.CLOSING, State.IDLE, State.SCANNING]
    for at_ms, state in enumerate(path):
        machine.move(state, at_ms)
    assert [after for _, after, _ in told] == path
    assert told[0] == ("initializing", "scanning", 0)


def test_staying_is_no_change_and_no_event() -> None:
    told: list[State] = []
    machine = StateMachine(lambda _, after, __: told.append(after))
    machine.move(State.SCANNING, 1)
    machine.move(State.SCANNING, 2)
    assert told == [State.SCANNING]


@pytest.mark.parametrize("before", list(State))
def test_only_what_the_table_knows_can_follow(before: State) -> None:
    for after in State:
        machine = StateMachine()
        machine.state = before
        if after is before or after in FOLLOWING[before]:
            machine.move(after, 0)
            assert machine.state is after
        else:
            with pytest.raises(InvalidTransition, match=str(before)):
                machine.move(after, 0)
            assert machine.state is before


def test_a_change_that_could_not_be_written_down_is_not_made() -> None:
    def full(*_: object) -> None:
        raise OSError("disk full")

    machine = StateMachine(full)
    with pytest.raises(OSError, match="disk full"):
        machine.move(State.SCANNING, 0)
    assert machine.state is State.INITIALIZING


def test_after_an_error_only_recovery_follows() -> None:
    assert FOLLOWING[State.ERROR] == {State.RECOVERING}
    assert all(State.ERROR in following for state, following in FOLLOWING.items() if state is not State.ERROR)
