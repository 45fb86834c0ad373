"""A seeded tenth of the matrix of faults of live trading, that a rerun is the same in whatever company, and that the one
who compares would see what is wrong."""

from __future__ import annotations

import random
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.live_audit import violations
from tests.e2e.live_faults import CELLS, Outcome, drawn, run, tried_in
from tests.e2e.live_points import Before
from tests.e2e.live_strikes import MARKET
from tests.e2e.live_template import Template, template
from tests.e2e.live_world import COIN, World

SEED, SHARE, PATIENT, AGAIN = 1, 10, 0, 4
TAMPERED = {
    "DELETE FROM fills WHERE id = (SELECT max(id) FROM fills)": "executed and booked differ",
    "UPDATE orders SET state = 'sent' WHERE id = (SELECT max(id) FROM orders)": "is still sent",
    "DELETE FROM orders WHERE id = (SELECT max(id) FROM orders WHERE state = 'filled')": "not in the journal",
    "UPDATE ledger SET cash = '-1.5' WHERE id = (SELECT max(id) FROM ledger)": "wallet",
    "DELETE FROM ledger WHERE kind = 'funding'": "paid and booked funding differ",
    "UPDATE fills SET qty = '7' WHERE leg = 'perp'": "short",
    "UPDATE fills SET qty = '7' WHERE leg = 'spot'": f"{COIN}: wallet",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """What worlds are copied from."""
    return template(tmp_path_factory.mktemp("made"), SEED)


@pytest.fixture(scope="module")
def outcomes(made: Template) -> Sequence[Outcome]:
    """Of one cell in ten."""
    return [tried_in(made, cell) for cell in drawn(SEED, SHARE, PATIENT)]


@pytest.mark.slow
def test_whatever_strikes_live_trading_a_restart_leaves_both_sides_the_same(outcomes: Sequence[Outcome]) -> None:
    sys.stdout.writelines(outcome.row(SEED) for outcome in outcomes)
    assert len(outcomes) >= len(CELLS) / SHARE
    assert [outcome.row(SEED) for outcome in outcomes if outcome.wrong] == []


@pytest.mark.slow
def test_what_a_cell_leaves_is_the_same_in_other_company(outcomes: Sequence[Outcome], tmp_path: Path) -> None:
    """Another template, another order, other cells before."""
    some = random.Random(SEED).sample(outcomes, AGAIN)
    again = list(run([outcome.cell for outcome in some], tmp_path, SEED))
    assert [outcome.result for outcome in again] == [outcome.result for outcome in some]
    assert len({outcome.left for outcome in outcomes}) > AGAIN


@pytest.mark.slow
def test_who_compares_sees_what_is_wrong(made: Template, tmp_path: Path) -> None:
    with made.world(Before.SETTLED) as here:
        here.rest(Before.SETTLED, random.Random(SEED))
        here.must(*here.trading())
        assert violations(here.venue, here.database, MARKET, COIN, ()) == []
        for change, words in TAMPERED.items():
            found = violations_of_changed(here, change, tmp_path / "tampered.db")
            assert [one for one in found if words in one], (change, found)


def violations_of_changed(here: World, change: str, copy: Path) -> list[str]:
    """What would be said if this had been done to the journal."""
    copy.unlink(missing_ok=True)
    with closing(sqlite3.connect(here.database)) as source, closing(sqlite3.connect(copy)) as other:
        source.backup(other)
        for trigger in ("ledger_keeps_its_lines", "ledger_loses_no_line"):
            other.execute(f"DROP TRIGGER {trigger}")
        assert other.execute(change).rowcount > 0, change
        other.commit()
    return violations(here.venue, copy, MARKET, COIN, ())
