"""A seeded tenth of the matrix of faults of live trading, and that the one who compares would see what is wrong."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.live_audit import violations
from tests.e2e.live_faults import CELLS, drawn, tried
from tests.e2e.live_strikes import MARKET
from tests.e2e.live_world import COIN, World, world

SEED, SHARE, PATIENT = 1, 10, 0
TAMPERED = {
    "DELETE FROM fills WHERE id = (SELECT max(id) FROM fills)": "executed and booked differ",
    "UPDATE orders SET state = 'sent' WHERE id = (SELECT max(id) FROM orders)": "is still sent",
    "DELETE FROM orders WHERE id = (SELECT max(id) FROM orders WHERE state = 'filled')": "not in the journal",
    "UPDATE ledger SET cash = '-1.5' WHERE id = (SELECT max(id) FROM ledger)": "wallet",
    "DELETE FROM ledger WHERE kind = 'funding'": "paid and booked funding differ",
    "UPDATE fills SET qty = '7' WHERE leg = 'perp'": "short",
    "UPDATE fills SET qty = '7' WHERE leg = 'spot'": f"{COIN}: wallet",
}


@pytest.mark.slow
def test_whatever_strikes_live_trading_a_restart_leaves_both_sides_the_same(tmp_path: Path) -> None:
    cells = drawn(SEED, SHARE, PATIENT)
    assert len(cells) >= len(CELLS) / SHARE
    with world(tmp_path / "world", SEED) as here:
        for cell in cells:
            outcome = tried(here, cell, SEED)
            sys.stdout.write(outcome.row(SEED))
            assert not outcome.wrong, outcome.row(SEED)
        require_seen(here, tmp_path / "tampered.db")


def require_seen(here: World, copy: Path) -> None:
    """Each way of being wrong is told of, with the words it deserves."""
    for change, words in TAMPERED.items():
        copy.unlink(missing_ok=True)
        with closing(sqlite3.connect(here.database)) as source, closing(sqlite3.connect(copy)) as other:
            source.backup(other)
            for trigger in ("ledger_keeps_its_lines", "ledger_loses_no_line"):
                other.execute(f"DROP TRIGGER {trigger}")
            assert other.execute(change).rowcount > 0, change
            other.commit()
        found = violations(here.venue, copy, MARKET, COIN, here.forgotten)
        assert [one for one in found if words in one], (change, found)
