"""Under every fault at every endpoint a run ends complete, or says that it is not; never with a silent hole."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.e2e.fetch_faults import ENDPOINTS, FAULTS, FINAL, HARMLESS, Rows, stormed, struck, undisturbed


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """What there is to be stored."""
    found = asyncio.run(undisturbed(tmp_path_factory.mktemp("whole")))
    assert {name: len(rows) for name, rows in found.items()} == {
        "funding": 136,
        "spot": 1080,
        "perp": 1080,
        "mark": 1080,
        "open-interest": 1080,
    }
    return found


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("fault", FAULTS)
async def test_struck_twice_a_run_completes(fault: str, endpoint: str, whole: Rows, tmp_path: Path) -> None:
    where = ("before", "after")[(ENDPOINTS.index(endpoint) + list(FAULTS).index(fault)) % 2]
    outcome = await struck(tmp_path, endpoint, fault, 2, where)
    assert outcome.fired >= 1
    if fault in FINAL and outcome.failure == "VenueRefused":
        assert_honest(outcome.rows, whole)
    else:
        assert (outcome.failure, outcome.holes, outcome.rows) == (None, 0, whole)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("fault", FAULTS)
async def test_struck_always_a_run_says_so(fault: str, endpoint: str, whole: Rows, tmp_path: Path) -> None:
    outcome = await struck(tmp_path, endpoint, fault, None)
    assert outcome.fired >= 1
    if fault in HARMLESS:
        assert (outcome.failure, outcome.holes, outcome.rows) == (None, 0, whole)
    else:
        assert outcome.failure is not None
        assert_honest(outcome.rows, whole)
        assert outcome.rows != whole or endpoint.endswith("tickers")


async def test_a_storm_of_too_many_requests_is_sat_out_without_a_ban(whole: Rows, tmp_path: Path) -> None:
    outcome, outcomes = await stormed(tmp_path, 0.4, 6)
    assert outcome.fired == 6
    assert (outcome.failure, outcome.holes, outcome.rows) == (None, 0, whole)
    assert set(outcomes) == {"200/0", "200/10006"}


def assert_honest(rows: Rows, whole: Rows) -> None:
    """What was stored is what there is, if not all of it."""
    for name, stored in rows.items():
        assert stored.items() <= whole[name].items()
