"""Each check of `doctor` on both sides of its bound."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from fundarb.accounting.fees import PairCosts
from fundarb.domain.instants import DAY
from fundarb.engine.checks.disk import SPARE, judge_disk
from fundarb.engine.checks.fees import judge_fees
from fundarb.engine.checks.finding import broken, exit_code, failures, unasked, well, wrong
from fundarb.engine.checks.heartbeat import judge_alive, judge_trader
from fundarb.engine.checks.modes import judge_margin_mode, judge_position_mode
from fundarb.engine.checks.rights import judge_expiry, judge_rights
from fundarb.engine.checks.skew import Reading, judge_clock
from fundarb.engine.checks.storage import judge_integrity, judge_schema
from fundarb.engine.checks.versions import judge_versions
from fundarb.errors import ConfigError, DataError, VenueRefused, VenueUnreachable
from fundarb.ports.trading import AccountModes, KeyRights, TakerFees

D = Decimal
BTC = "BTC/USDT:USDT"


def rights(*, trades: bool = True, withdraws: bool = False, expires_ms: int | None = None) -> KeyRights:
    return KeyRights(trades, withdraws, expires_ms)


def modes(*, isolated: bool = True, one_way: bool = True) -> AccountModes:
    return AccountModes(isolated, one_way, D(2))


def costs(spot: str, perp: str) -> dict[str, PairCosts]:
    return {BTC: PairCosts(D(spot), D(perp), D(0), fee_in_base=True)}


@pytest.mark.parametrize(("theirs", "skew"), [(1005, 0), (1000, 0), (1010, 0), (900, 100), (1210, 200)])
def test_what_the_time_under_way_explains_is_no_skew(theirs: int, skew: int) -> None:
    reading = Reading(1000, theirs, 1010)
    assert reading.skew_ms == skew
    assert judge_clock(reading, skew).ok
    if skew:
        found = judge_clock(reading, skew - 1)
        assert (found.ok, found.kind.exit_code) == (False, 4)
        assert f"{skew} ms apart, at most {skew - 1}" in found.detail


def test_a_key_that_may_withdraw_or_may_not_trade_is_refused() -> None:
    assert judge_rights(rights()).ok
    assert [judge_rights(rights(withdraws=True)).ok, judge_rights(rights(trades=False)).ok] == [False, False]
    assert judge_rights(rights(withdraws=True)).kind.exit_code == 78


@pytest.mark.parametrize(
    ("left_ms", "ok", "warned"),
    [(None, True, False), (15 * DAY, True, False), (14 * DAY, True, True), (1, True, True), (0, False, True)],
)
def test_the_end_of_a_key_is_told_two_weeks_ahead(left_ms: int | None, ok: bool, warned: bool) -> None:
    now_ms = 1_800_000_000_000
    found = judge_expiry(rights(expires_ms=None if left_ms is None else now_ms + left_ms), now_ms)
    assert (found.ok, found.next is not None) == (ok, warned)


def test_modes_are_wrong_only_where_they_can_no_longer_be_set() -> None:
    for found in (modes(), modes(isolated=False, one_way=False)):
        assert judge_margin_mode(found, holding=False).ok
        assert judge_position_mode(found, BTC, holding=False).ok
    assert judge_margin_mode(modes(one_way=False), holding=True).ok
    assert judge_position_mode(modes(isolated=False), BTC, holding=True).ok
    assert judge_margin_mode(modes(isolated=False), holding=True).ok is False
    assert judge_position_mode(modes(one_way=False), BTC, holding=True).ok is False


def test_paying_more_than_is_reckoned_with_is_wrong_paying_less_is_advice() -> None:
    paid = {BTC: TakerFees(D("0.001"), D("0.00055"))}
    assert judge_fees(paid, costs("0.001", "0.00055")).next is None
    less = judge_fees(paid, costs("0.002", "0.00055"))
    assert (less.ok, less.next is not None) == (True, True)
    more = judge_fees(paid, costs("0.002", "0.0005"))
    assert (more.ok, more.kind.exit_code) == (False, 78)
    assert "perp of BTC/USDT:USDT costs 0.00055, configured are 0.0005" in more.detail


def test_the_disk_needs_room_for_a_copy_of_the_database() -> None:
    here = Path("/data")
    assert judge_disk(here, SPARE + 10, 10, writable=True).ok
    assert judge_disk(here, SPARE + 9, 10, writable=True).ok is False
    assert judge_disk(here, 2 * SPARE, 10, writable=False).ok is False


def test_a_heartbeat_is_young_enough_old_or_absent() -> None:
    assert judge_alive(1000, 121_000, 120_000).ok
    assert [judge_alive(1000, 121_001, 120_000).ok, judge_alive(None, 0, 120_000).ok] == [False, False]
    assert judge_alive(None, 0, 120_000).kind is DataError


def test_a_heartbeat_of_the_future_is_no_sign_of_life() -> None:
    assert judge_alive(121_000, 1000, 120_000).ok  # clocks differ a little
    ahead = judge_alive(121_001, 1000, 120_000)
    assert (ahead.ok, "120 s ahead of this clock" in ahead.detail) == (False, True)
    assert judge_trader("process 7", 1031, 1000, 10).ok is False


def test_a_trader_silent_for_three_polls_may_hang() -> None:
    assert judge_trader(None, None, 0, 10).ok is None
    assert judge_trader("process 7", None, 0, 10).ok
    assert judge_trader("process 7", 1000, 1030, 10).ok
    hung = judge_trader("process 7", 1000, 1031, 10)
    assert (hung.ok, hung.kind.exit_code) == (False, 6)


def test_damage_and_foreign_schemas_are_wrong_and_an_open_file_is_advice() -> None:
    assert judge_integrity("a.db", ["row 1 missing"], open_to_others=False).ok is False
    opened = judge_integrity("a.db", [], open_to_others=True)
    assert (opened.ok, opened.next) == (True, "chmod 600 a.db")
    assert [judge_schema(found, 3).ok for found in (2, 3, 4)] == [False, True, False]


def test_versions_below_or_beyond_what_was_measured_are_wrong() -> None:
    fine = {"python": "3.11.0", "ccxt": "4.5.90", "sqlite": "3.40.1", "fundarb": "0.1.0"}
    assert judge_versions(fine).ok
    for name, version in (("python", "3.10.9"), ("ccxt", "4.6.0"), ("ccxt", "4.4.9"), ("sqlite", "3.36.0")):
        found = judge_versions(fine | {name: version})
        assert found.ok is False
        assert f"wanted: {name} at least" in found.detail


def test_the_first_failure_gives_the_exit_code_and_what_was_not_asked_none() -> None:
    findings = [
        well("a", "x"),
        unasked("b", "y"),
        wrong("c", "z", "do", VenueRefused),
        wrong("d", "z", "do", ConfigError),
    ]
    assert exit_code(findings) == 4
    assert [found.check for found in failures(findings)] == ["c", "d"]
    assert exit_code(findings[:2]) == 0
    assert isinstance(findings[3].error(), ConfigError)


def test_an_error_becomes_a_finding_with_its_next_step() -> None:
    found = broken("venue", VenueUnreachable("nobody answers; start it"))
    assert (found.detail, found.next, found.kind) == ("nobody answers", "start it", VenueUnreachable)
    assert broken("venue", VenueUnreachable("nobody answers")).detail == "nobody answers"
