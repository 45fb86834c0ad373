"""What `import fundarb` offers: nothing until it is asked for, then the very runs that the command line makes."""

from __future__ import annotations

import decimal
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

import fundarb
from fundarb.errors import ConfigError, DatabaseMissing
from tests.cli.processes import environment
from tests.e2e.asking import LOW, document

QUIET = {"strategy.simple.entry": "0.0001", "strategy.simple.exit": Decimal("0.00005")}


@pytest.fixture
def inside(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of a stored sample, stood in."""
    monkeypatch.chdir(here)
    return here


async def test_a_backtest_is_the_one_of_the_command_line(inside: Path) -> None:
    async with fundarb.open_store(parameters=QUIET) as store:
        found = await fundarb.backtest(store, "simple,composite", pairs="BTC,ETH", start="2024-01-02")
    said = document("backtest --mode simple,composite --pairs BTC,ETH --from 2024-01-02 --no-save", inside, *LOW)
    assert [run.run_id for run in found.runs] == [run["run_id"] for run in said["runs"]]
    assert [run.totals.split.net for run in found.runs] == [Decimal(run["totals"]["net"]) for run in said["runs"]]
    assert found.notes[0] == "2024-01-02T00:00:00Z to 2024-01-14T23:00:00Z, 2 pairs"
    assert "equity of simple" in fundarb.plot(found.runs)


async def test_a_panel_ends_where_it_is_asked_to(inside: Path) -> None:
    async with fundarb.open_store("data/fundarb.db") as store:
        panel = await fundarb.load_panel(store, "BTC", until="2024-01-03")
        whole = await fundarb.load_panel(store)
    assert [pair.symbol for pair in panel.pairs] == ["BTC/USDT:USDT"]
    assert len(panel.times) == 7
    assert [pair.symbol for pair in whole.pairs] == ["1000PEPE/USDT:USDT", "BTC/USDT:USDT", "ETH/USDT:USDT"]


async def test_decimals_are_exact_in_the_block_and_the_callers_own_after_it(inside: Path) -> None:
    with decimal.localcontext(decimal.Context(prec=28, traps=[])):
        async with fundarb.open_store() as store:
            with pytest.raises(decimal.Inexact):
                Decimal(1) / 3
            await fundarb.backtest(store, "cash")
        assert str(Decimal(1) / 3).startswith("0.333")


async def test_what_cannot_be_is_refused_in_the_words_of_the_command_line(inside: Path) -> None:
    with pytest.raises(ConfigError, match="capitl: no such key; did you mean capital"):
        async with fundarb.open_store(parameters={"capitl": 1}):
            pytest.fail("a bad parameter opened a store")
    with pytest.raises(TypeError, match=r"0\.1: a float has digits nobody wrote"):
        async with fundarb.open_store(parameters={"risk.pair_cap": 0.1}):
            pytest.fail("a float became money")
    with pytest.raises(DatabaseMissing, match=r"nothing\.db"):
        async with fundarb.open_store("nothing.db"):
            pytest.fail("a store was made of nothing")


def test_import_costs_nothing_and_a_name_that_is_not_there_says_which_are() -> None:
    probe = """
import json, sys
import fundarb
before = sorted({name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names)
try:
    fundarb.backtests
except AttributeError as error:
    words = str(error)
print(json.dumps([before, [name for name in sys.modules if name.startswith("fundarb")], words, sorted(fundarb.__all__)]))
"""
    done = subprocess.run(
        [sys.executable, "-S", "-c", probe], env=environment(), capture_output=True, text=True, timeout=60, check=True
    )
    others, own, words, names = json.loads(done.stdout)
    assert set(others) <= {"fundarb", "__main__"}
    assert own == ["fundarb"]
    assert words == f"module 'fundarb' has no attribute 'backtests'; it offers {', '.join(names)}"
    assert {name for name in dir(fundarb) if not name.startswith("_")} >= set(names)
