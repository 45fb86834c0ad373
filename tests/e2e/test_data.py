"""`fundarb data …` from end to end, as processes on real files."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import stat
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fundarb.cli.database_files import require_apart
from fundarb.errors import UsageError
from tests import sample_data as sample
from tests.cli.processes import fundarb


def rows(*args: str | Path, cwd: Path, code: int = 0) -> list[dict[str, Any]]:
    done = fundarb(*args, "--format", "json", cwd=cwd)
    assert done.returncode == code, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, list)
    return found


def csv_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_list_tells_extent_rows_and_gaps_of_every_stream(here: Path) -> None:
    found = rows("data", "list", cwd=here)
    assert len(found) == len(sample.MARKETS) * 3
    assert list(found[0]) == ["pair", "kind", "interval", "from", "to", "rows", "gaps", "age_s"]
    by_stream = {(row["pair"], row["kind"]): row for row in found}
    funding = by_stream["1000PEPE/USDT:USDT", "funding"]
    assert (funding["interval"], funding["from"], funding["to"]) == (
        None,
        "2024-01-01T00:00:00Z",
        "2024-01-14T20:00:00Z",
    )
    assert (funding["rows"], funding["gaps"]) == (sample.DAYS * 6 - 1, 1)
    spot = by_stream["1000PEPE/USDT:USDT", "spot"]
    assert (spot["interval"], spot["to"]) == ("1h", "2024-01-14T23:00:00Z")
    assert (spot["rows"], spot["gaps"]) == (sample.DAYS * 24 - len(sample.LOST_CANDLES), 1)
    assert all(isinstance(row["age_s"], int) and row["age_s"] > 0 for row in found)


def test_gaps_tells_what_is_missing_and_exits_3(here: Path) -> None:
    assert rows("data", "gaps", cwd=here, code=3) == [
        {
            "pair": "1000PEPE/USDT:USDT",
            "kind": "funding",
            "from": "2024-01-04T08:00:00Z",
            "to": "2024-01-04T12:00:00Z",
            "missing": 1,
            "reason": "missing",
        },
        {
            "pair": "1000PEPE/USDT:USDT",
            "kind": "spot",
            "from": "2024-01-05T04:00:00Z",
            "to": "2024-01-05T07:00:00Z",
            "missing": 3,
            "reason": "missing",
        },
    ]


def test_gaps_of_a_complete_pair_are_empty_and_exit_0(here: Path) -> None:
    assert rows("data", "gaps", "BTC", cwd=here) == []
    assert fundarb("data", "gaps", "BTC", cwd=here).stdout == "pair,kind,from,to,missing,reason\n"


@pytest.mark.parametrize("typed", ["ETH", "ethusdt", "ETH/USDT:USDT"])
def test_a_pair_may_be_written_in_three_ways(typed: str, here: Path) -> None:
    assert {row["pair"] for row in rows("data", "list", typed, cwd=here)} == {"ETH/USDT:USDT"}


def test_an_unknown_pair_exits_2_with_what_may_have_been_meant(here: Path) -> None:
    done = fundarb("data", "list", "ETHUSD", cwd=here)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no pair is called ETHUSD; did you mean ETH/USDT:USDT" in done.stderr


def test_export_gives_back_what_was_imported_in_canonical_digits(here: Path) -> None:
    files = {kind: here / f"{kind}-out.csv" for kind in ("instruments", "funding", "candles")}
    options = [word for kind, path in files.items() for word in (f"--{kind}", path)]
    counts = {row["file"]: row["rows"] for row in rows("data", "export", *options, cwd=here)}
    for kind, path in files.items():
        given, got = csv_rows(here / f"{kind}.csv"), csv_rows(path)
        assert counts[str(path)] == len(got) == len(given)
        assert sorted(map(values, got), key=repr) == sorted(map(values, given), key=repr)
    texts = [text for row in csv_rows(files["candles"]) for text in (row["open"], row["volume"])]
    assert not [text for text in texts if "e" in text.lower() or ("." in text and text.endswith(("0", ".")))]


def test_export_of_some_pairs_holds_only_these(here: Path) -> None:
    (row,) = rows("data", "export", "ETH", "--funding", "eth.csv", cwd=here)
    assert {each["symbol"] for each in csv_rows(here / "eth.csv")} == {"ETH/USDT:USDT"}
    assert row == {"file": "eth.csv", "rows": 42}


def values(row: dict[str, str]) -> list[str | Decimal]:
    """A row by value: numbers as numbers."""
    return [text if any(map(str.isalpha, text)) or not text else Decimal(text) for _, text in sorted(row.items())]


def test_an_export_can_be_imported_elsewhere_and_compressed(here: Path, tmp_path: Path) -> None:
    files = {kind: tmp_path / f"{kind}.csv.gz" for kind in ("instruments", "funding", "candles")}
    options = [word for kind, path in files.items() for word in (f"--{kind}", path)]
    rows("data", "export", *options, cwd=here)
    with gzip.open(files["funding"], "rt") as file:
        assert file.readline() == "symbol,timestamp_ms,rate\n"
    rows("data", "import", *options, "--db", "other.db", cwd=tmp_path)
    before, after = (rows("data", "list", "--db", db, cwd=tmp_path) for db in (here / "data/fundarb.db", "other.db"))
    assert [{**row, "age_s": 0} for row in before] == [{**row, "age_s": 0} for row in after]


def test_importing_the_same_again_changes_nothing(here: Path) -> None:
    (row,) = rows("data", "import", "--funding", "funding.csv", cwd=here)
    assert (row["file"], row["new"], row["replaced"]) == ("funding.csv", 0, 0)
    assert row["rows"] == row["same"] == len(csv_rows(here / "funding.csv"))


def test_a_conflicting_value_is_an_error_naming_the_line_unless_replace(here: Path) -> None:
    changed = here / "changed.csv"
    changed.write_text("symbol,timestamp_ms,rate\nBTC/USDT:USDT,1704067200000,0.5\n")
    refused = fundarb("data", "import", "--funding", changed, cwd=here)
    assert (refused.returncode, refused.stdout) == (3, "")
    assert f"{changed}:2:" in refused.stderr
    (row,) = rows("data", "import", "--funding", changed, "--replace", cwd=here)
    assert (row["new"], row["same"], row["replaced"]) == (0, 0, 1)
    fundarb("data", "export", "--funding", "again.csv", cwd=here)
    assert {"symbol": "BTC/USDT:USDT", "timestamp_ms": "1704067200000", "rate": "0.5"} in csv_rows(here / "again.csv")


def test_prune_counts_first_and_deletes_only_with_yes(here: Path) -> None:
    line = ("data", "prune", "BTC", "--before", "2024-01-05", "--kinds", "candles")
    expected = [{"pair": "BTC/USDT:USDT", "kind": kind, "rows": 96} for kind in ("spot", "perp")]
    counted = fundarb(*line, "--format", "json", cwd=here)
    assert (counted.returncode, json.loads(counted.stdout)) == (0, expected)
    assert "nothing was deleted" in counted.stderr
    assert [row["rows"] for row in rows("data", "list", "BTC", cwd=here)] == [42, 336, 336]
    assert rows(*line, "--yes", cwd=here) == expected
    assert [row["rows"] for row in rows("data", "list", "BTC", cwd=here)] == [42, 240, 240]
    assert [row["rows"] for row in rows("data", "list", "ETH", cwd=here)] == [42, 336, 336]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("data prune", "Missing option '--before'"),
        ("data prune --before yesterday", "not a time: 'yesterday'; write 2024-01-31"),
        ("data prune --before 90d --kinds candle", "no such kind of data: candle; did you mean candles?"),
        ("data prune --before 90d DOGE", "no pair is called DOGE"),
    ],
)
def test_prune_refuses_what_it_does_not_understand(line: str, words: str, here: Path) -> None:
    done = fundarb(*line.split(), cwd=here)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_backup_is_a_whole_database_that_only_its_owner_can_read(here: Path) -> None:
    (row,) = rows("data", "backup", "copy.db", cwd=here)
    copy = here / "copy.db"
    assert row == {"database": "data/fundarb.db", "backup": "copy.db", "bytes": copy.stat().st_size}
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert len(rows("data", "list", "--db", "copy.db", cwd=here)) == len(sample.MARKETS) * 3
    again = fundarb("data", "backup", "copy.db", cwd=here)
    assert again.returncode == 1
    assert "there is a file of that name already" in again.stderr


def test_backup_without_a_name_goes_beside_the_database(here: Path) -> None:
    (row,) = rows("data", "backup", cwd=here)
    assert row["backup"].startswith("data/fundarb.db.backup-")
    assert (here / row["backup"]).stat().st_size == row["bytes"]


def test_migrate_of_a_present_database_changes_nothing(here: Path) -> None:
    (row,) = rows("data", "migrate", cwd=here)
    assert row["schema_before"] == row["schema"]
    assert row["backup"] is None


def test_off_a_terminal_the_answer_is_csv_and_numbers_stay_exact(here: Path) -> None:
    page = fundarb("data", "list", cwd=here).stdout
    parsed = list(csv.DictReader(io.StringIO(page)))
    assert list(parsed[0]) == ["pair", "kind", "interval", "from", "to", "rows", "gaps", "age_s"]
    assert "\x1b" not in page


def test_on_a_terminal_of_100_columns_the_table_is_whole(here: Path) -> None:
    page = in_terminal("data list --no-color", here)
    lines = [line.rstrip() for line in page.splitlines()]
    assert max(map(len, lines)) <= 100
    told = ["1000PEPE/USDT:USDT", "perp", "1h", "2024-01-01", "00:00", "2024-01-14", "23:00", "336"]
    assert any(line.split()[:8] == told for line in lines), "a long name leaves no time broken"
    assert "…" not in page


def test_colour_only_on_a_terminal_that_wants_it(here: Path) -> None:
    assert "\x1b[" in in_terminal("data list", here)
    assert "\x1b" not in in_terminal("data list --no-color", here)
    assert "\x1b" not in in_terminal("data list", here, NO_COLOR="1")


def in_terminal(line: str, cwd: Path, **extra: str) -> str:
    """What a command writes to a pseudo-terminal of 100 columns."""
    import pty
    import subprocess
    import sys

    from tests.cli.processes import environment

    main, side = pty.openpty()
    settings = environment(TERM="xterm-256color", COLUMNS="100", **extra)
    argv = [sys.executable, "-m", "fundarb", *line.split()]
    with subprocess.Popen(argv, cwd=cwd, env=settings, stdout=side, stderr=subprocess.DEVNULL) as process:
        os.close(side)
        page = b""
        while True:
            try:
                part = os.read(main, 65536)
            except OSError:  # Linux says EIO where the other side is closed
                break
            if not part:
                break
            page += part
    os.close(main)
    assert process.returncode == 0
    return page.decode().replace("\r\n", "\n")


def test_an_export_onto_the_database_or_what_lies_beside_it_changes_nothing(here: Path) -> None:
    """A backtest and a backup have left beside it what they leave; none of it may be a target."""
    assert fundarb("backtest", cwd=here).returncode == 0
    assert fundarb("data", "backup", cwd=here).returncode == 0
    beside = [path for path in (here / "data").rglob("*") if path.is_file()]
    before = {path: path.read_bytes() for path in beside}
    assert {path.relative_to(here / "data").parts[0] for path in beside} >= {"fundarb.db", "fundarb.db.panels"}
    done = fundarb("data", "export", "--funding", "data/fundarb.db", cwd=here)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: --funding data/fundarb.db: belongs to the database data/fundarb.db; ")
    for path in beside:
        with pytest.raises(UsageError, match="belongs to the database"):
            require_apart("--funding", path, here / "data/fundarb.db")
    assert {path: path.read_bytes() for path in beside} == before


def test_a_log_is_not_appended_to_the_database(here: Path) -> None:
    before = (here / "data/fundarb.db").read_bytes()
    done = fundarb("data", "list", "--log-file", "data/fundarb.db", cwd=here)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--log-file data/fundarb.db: belongs to the database" in done.stderr
    assert (here / "data/fundarb.db").read_bytes() == before
