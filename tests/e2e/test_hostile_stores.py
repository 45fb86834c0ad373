"""`signals`, `backtest` and `report` on stores that lack something: what is missing is said, with the next step."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest

from fundarb.adapters.layout.importing import silent
from fundarb.bootstrap.data import import_market
from tests.e2e.asking import LOW, ask, document
from tests.sample_data import write_sample

EVERY = "1000PEPE/USDT:USDT BTC/USDT:USDT ETH/USDT:USDT"
LISTED = EVERY.replace(" ", ", ")
HALF_MS = 1704672000000  # 2024-01-08T00:00Z
ABSURD_MS = 1705248000000  # 2024-01-14T16:00Z, the last settlement of BTC
Keep = Callable[[list[str]], bool]


def nothing(_row: list[str]) -> bool:
    return False


def everything(_row: list[str]) -> bool:
    return True


def only(market: str) -> Keep:
    return lambda row: row[1] == market


def one_after_the_other(row: list[str]) -> bool:
    return (row[1] == "spot") == (int(row[3]) < HALF_MS)


STORES: dict[str, tuple[Keep, Keep, Keep]] = {  # instruments, funding, candles
    "empty": (nothing, nothing, nothing),
    "listed": (everything, nothing, nothing),
    "unpriced": (everything, everything, nothing),
    "unsettled": (everything, nothing, everything),
    "spotless": (everything, everything, only("perp")),
    "perpless": (everything, everything, only("spot")),
    "apart": (everything, everything, one_after_the_other),
    "young": (everything, lambda row: int(row[1]) < HALF_MS - 6 * 86_400_000, everything),
    "single": (everything, lambda row: row[0].startswith("BTC") and int(row[1]) == ABSURD_MS, everything),
}


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a database of every kind; for readers."""
    directory = tmp_path_factory.mktemp("hostile")
    sample = write_sample(directory)
    for name, (instruments, funding, candles) in STORES.items():
        keeps = {"instruments": instruments, "funding": funding, "candles": candles}
        fill(directory / f"{name}.db", {kind: kept(path, keeps[kind]) for kind, path in sample.items()})
    return directory


@pytest.fixture
def place(stores: Path, tmp_path: Path) -> Path:
    """The same, for the test alone."""
    shutil.copytree(stores, tmp_path / "stores")
    return tmp_path / "stores"


def kept(path: Path, keep: Keep) -> Iterable[str]:
    head, *lines = path.read_text().splitlines()
    return [head, *(line for line in lines if keep(line.split(",")))]


def fill(database: Path, tables: Mapping[str, Iterable[str]]) -> None:
    files = {}
    for kind, lines in tables.items():
        files[kind] = database.with_suffix(f".{kind}.csv")
        files[kind].write_text("".join(f"{line}\n" for line in lines))
    asyncio.run(import_market(database, files, replace=False, progress=silent))


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("backtest --db empty.db", 3, "the store has no pairs; bring some in with `fundarb fetch PAIRS --since DATE`"),
        ("signals --db empty.db", 3, "the store has no pairs; bring some in with `fundarb fetch PAIRS --since DATE`"),
        ("report --db empty.db", 3, "no runs are stored yet; `fundarb backtest` stores them"),
        ("backtest --db listed.db", 3, f"no settlement is stored of {LISTED}; `fundarb fetch {EVERY}`"),
        ("signals --db listed.db", 3, f"no settlement is stored of {LISTED}; `fundarb fetch {EVERY}`"),
        ("signals BTC --db listed.db", 3, "nothing is stored of BTC/USDT:USDT; `fundarb fetch BTC/USDT:USDT`"),
        ("backtest --pairs BTC --db unsettled.db", 3, "no settlement is stored of BTC/USDT:USDT; `fundarb fetch BTC"),
        (
            "signals BTC --db unsettled.db",
            3,
            "no settlement of BTC/USDT:USDT is known at 2024-01-15T00:00:00Z; none is",
        ),
        (
            "backtest --pairs BTC --db unpriced.db",
            3,
            "no candles are stored of BTC/USDT:USDT; `fundarb fetch BTC/USDT:USDT --since 2024-01-01` or",
        ),
        ("backtest --db spotless.db", 3, f"no spot candles are stored of {LISTED}; `fundarb fetch"),
        ("backtest --db spotless.db", 3, "or --set backtest.spot_source=perp lets the perp's price stand in"),
        ("backtest --db perpless.db", 3, f"no perp candles are stored of {LISTED}; `fundarb fetch"),
        ("backtest --set backtest.spot_source=perp --db perpless.db", 3, f"no perp candles are stored of {LISTED}"),
        ("backtest --db apart.db", 3, "no two candles of both legs of a pair open at the same time, of 1000PEPE"),
        ("backtest --db single.db --to 2024-01-14", 3, "no settlement before --to 2024-01-14T00:00:00Z; stored: 2024-"),
        (
            "backtest --db young.db --from 30d",
            3,
            "and candles of both legs of a pair open until 2024-01-14T23:00:00Z at the latest",
        ),
        (
            "backtest --to 2024-01-10 --db spotless.db --strict",
            3,
            "--set backtest.spot_source=perp lets the perp's price stand in where no spot is stored",
        ),
        ("backtest --to 2024-01-10 --db perpless.db --strict", 3, "1 settlement is missing in the range"),
        (
            "backtest --to 2024-01-10 --db perpless.db --strict",
            3,
            f"no settlement finds candles of both legs: {LISTED}",
        ),
    ],
)
def test_what_is_missing_is_refused_with_the_next_step(line: str, code: int, words: str, stores: Path) -> None:
    done = ask(line, stores, code=code)
    assert done.stdout == ""
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_where_nothing_can_be_traded_it_says_that_nothing_is_tested(place: Path) -> None:
    done = ask("backtest --to 2024-01-10 --mode hold --db spotless.db", place)
    assert f"3 pairs could not trade for want of candles of both legs: {LISTED}; --set backtest.spot" in done.stderr
    assert "nothing could be traded, so nothing is tested: every figure is that of cash" in done.stderr
    lent = ask("backtest --to 2024-01-10 --mode hold --db spotless.db --set backtest.spot_source=perp", place)
    assert "nothing is tested" not in lent.stderr
    perpless = ask("backtest --to 2024-01-10 --db perpless.db", place)
    assert "spot_source" not in perpless.stderr  # it would help nobody


def test_the_table_enters_nothing_without_a_leg_and_says_what_would_help(stores: Path) -> None:
    line = "signals --mode hold --format json --db"
    for name, flag in (("spotless", "no_spot"), ("perpless", "no_perp"), ("apart", "stale")):
        rows = document(f"{line} {name}.db", stores)["rows"]
        assert [(row["enter"], flag in row["flags"]) for row in rows] == [(False, True)] * 3
    said = ask(f"{line} spotless.db", stores).stderr
    assert f"no spot candles are stored of {LISTED}; --set backtest.spot_source=perp lets" in said
    lent = document(f"{line} spotless.db", stores, "--set", "backtest.spot_source=perp")
    assert all(row["enter"] for row in lent["rows"])
    assert ask(f"{line} spotless.db", stores, "--set", "backtest.spot_source=perp").stderr == ""


def test_too_little_history_is_no_opinion(place: Path) -> None:
    for mode in ("composite", "band"):
        rows = document(f"signals --mode {mode} --at 2024-01-02 --db young.db", place)["rows"]
        assert {(row["enter"], row["score"], row["expected_net_bp"]) for row in rows} == {(False, None, None)}
        assert all("no forecast: less than 7 days of settlements without a gap" in row["reason"] for row in rows)
    done = ask("backtest --mode composite --to 2024-01-03 --db young.db", place)
    assert f"history since 2023-12-24 would suffice: `fundarb fetch {EVERY} --since 2023-12-24`" in done.stderr
    (row,) = document("signals --at 2024-01-14T20:00Z --db single.db", place)["rows"]
    assert (row["enter"], row["interval_h"], row["apr"]) == (False, None, None)


def test_an_absurd_rate_is_said_and_not_entered(tmp_path: Path) -> None:
    sample = write_sample(tmp_path)
    tables = {kind: path.read_text().splitlines() for kind, path in sample.items()}
    place = f"BTC/USDT:USDT,{ABSURD_MS},"
    tables["funding"] = [f"{place}0.9" if line.startswith(place) else line for line in tables["funding"]]
    fill(tmp_path / "absurd.db", tables)
    for mode in ("simple", "composite", "hold"):
        (row,) = document(f"signals BTC --mode {mode} --db absurd.db", tmp_path)["rows"]
        assert (row["rate"], row["enter"], row["flags"]) == ("0.9", False, ["beyond_cap"])
        assert row["reason"].startswith("its rate of 90% is beyond the 5% of any venue's cap, so nothing is entered; ")
    done = ask("backtest --db absurd.db", tmp_path, *LOW)
    assert "1 settlement beyond 5%, more than any venue's cap: BTC/USDT:USDT" in done.stderr


def test_an_end_beyond_the_data_is_accepted_and_said(here: Path) -> None:
    words = "open until 2024-01-14T23:00:00Z at the latest, and the last settlement is 2024-01-14T20:00:00Z"
    beyond = ask("backtest --to 2024-02-01", here)
    assert f"--to 2024-02-01T00:00:00Z is beyond the data: candles of both legs of a pair {words}" in beyond.stderr
    for line in ("backtest", "backtest --to 2024-01-14T23:00Z", "backtest --to 2024-01-10"):
        assert "beyond the data" not in ask(line, here).stderr
    later = ask("signals --at 2024-02-01", here)
    assert "--at 2024-02-01T00:00:00Z is beyond the data: nothing later than 2024-01-15T00:00:00Z" in later.stderr
    assert "beyond the data" not in ask("signals --at 2024-01-15", here).stderr


def test_what_the_configuration_only_cautions_against_is_said_where_it_is_used(here: Path) -> None:
    crossed = ("--set", "strategy.composite.exit=0.9")
    for line in ("backtest --mode composite", "signals --mode composite"):
        said = ask(line, here, *crossed).stderr
        assert "warning: --set: strategy.composite.exit: 0.9 is above enter (0.6)" in said
        assert "warning" not in ask(line, here).stderr


@pytest.mark.parametrize("command", ["backtest", "signals"])
@pytest.mark.parametrize(
    ("sets", "words"),
    [
        ("strategy.simple.exit=0.01", "strategy.simple.exit: exit 0.01 is not below entry 0.0003; allowed: exit below"),
        ("strategy.simple.exit=0.0003", "exit 0.0003 is not below entry 0.0003"),
        ("strategy.simple.entry=nan", "strategy.simple.entry: nan is not a number; allowed: a number from -1 to 1"),
    ],
)
def test_thresholds_that_cross_are_bad_configuration(command: str, sets: str, words: str, here: Path) -> None:
    done = ask(command, here, "--set", sets, code=78)
    assert done.stdout == ""
    assert words in done.stderr


def test_a_missing_database_names_what_makes_one(tmp_path: Path) -> None:
    for command in ("signals", "backtest", "report"):
        done = ask(command, tmp_path, code=3)
        assert "no such database; `fundarb fetch PAIRS --since DATE` or `fundarb data import` makes one" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("price", ["0", "0.0", "-1", "nan", ""])
def test_a_price_that_is_none_is_refused_at_the_door(price: str, tmp_path: Path) -> None:
    sample = write_sample(tmp_path)
    lines = sample["candles"].read_text().splitlines()
    fields = lines[2].split(",")
    lines[2] = ",".join([*fields[:4], price, *fields[5:]])
    sample["candles"].write_text("\n".join(lines) + "\n")
    words = [word for kind, path in sample.items() for word in (f"--{kind}", str(path))]
    done = ask("data import", tmp_path, *words, code=3)
    assert f"{sample['candles']}:3: open" in done.stderr
    assert "no pairs" in ask("signals", tmp_path, code=3).stderr  # nothing of it was stored
