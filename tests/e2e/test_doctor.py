"""`doctor` as a process: alone, beside a sandbox with and without keys, and as a watchdog."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.domain.instants import MINUTE, parse_instant
from tests.cli.processes import fundarb
from tests.e2e.trading import DATABASE
from tests.sandbox.running import spawned_sandbox

START = "2026-01-10T08:00Z"
OF_ACCOUNT = {"permissions", "key expiry", "margin mode", "position mode", "fees"}
KEYS = {"FUNDARB_API_KEY": "sandbox-key", "FUNDARB_API_SECRET": "sandbox-secret"}


def doctor(
    cwd: Path, *more: str, code: int = 0, keys: Mapping[str, str] = MappingProxyType({})
) -> dict[str, dict[str, Any]]:
    """The findings by check."""
    done = fundarb("doctor", "--format", "json", *more, cwd=cwd, **keys)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    found = json.loads(done.stdout)
    assert all(set(each) == {"check", "ok", "detail", "next"} for each in found)
    return {each["check"]: each for each in found}


async def beat(database: Path, at_ms: int) -> None:
    """A trader's sign of life."""
    async with open_store(database, "write", durable=True) as connection:
        await SqliteJournal(connection).beat("trade", at_ms)


def test_alone_what_a_venue_or_keys_would_tell_is_left_open(tmp_path: Path) -> None:
    nowhere = ("--set", "venue.url=http://127.0.0.1:9")
    found = doctor(tmp_path, *nowhere, code=4)
    assert [name for name, each in found.items() if each["ok"] is False] == ["venue"]
    assert all(found[name]["ok"] is None for name in {"database", "trader", "keys", "clock"} | OF_ACCOUNT)
    assert not (tmp_path / "data").exists()
    bad = doctor(tmp_path, "--set", "trade.poll=soon", code=78)
    assert bad["config"]["ok"] is False
    assert "trade.poll" in bad["config"]["detail"]
    (tmp_path / "foreign.db").write_bytes(b"no database of anybody's" * 100)
    foreign = doctor(tmp_path, *nowhere, "--db", "foreign.db", code=3)
    assert foreign["database"]["ok"] is False


def test_beside_a_sandbox_everything_is_asked_and_a_heartbeat_is_watched(tmp_path: Path) -> None:
    with spawned_sandbox("--pairs", "12", "--start", START, "--speed", "step") as sandbox:
        at = ("--set", f"venue.url={sandbox.url}")
        asyncio.run(beat(tmp_path / DATABASE, parse_instant(START)))
        without = doctor(tmp_path, *at)
        assert {name for name, each in without.items() if each["ok"] is None} == {"trader", "keys"} | OF_ACCOUNT
        found = doctor(tmp_path, *at, keys=KEYS)
        assert {name for name, each in found.items() if not each["ok"]} == {"trader"}
        assert "trade: free" in found["locks"]["detail"]
        dearer = doctor(tmp_path, *at, "--set", "costs.fee_perp=0.0005", code=78, keys=KEYS)
        assert dearer["fees"]["ok"] is False
        refused = doctor(tmp_path, *at, code=4, keys=KEYS | {"FUNDARB_API_SECRET": "not-the-secret-0001"})
        assert [name for name, each in refused.items() if each["ok"] is False] == ["permissions"]
        assert all("not-the-secret" not in str(each) for each in refused.values())
        assert doctor(tmp_path, *at, "--alive", "120s")["alive"]["ok"]
        asyncio.run(beat(tmp_path / DATABASE, parse_instant(START) - 3 * MINUTE))
        assert doctor(tmp_path, *at, "--alive", "120s", code=3)["alive"]["ok"] is False


def test_an_age_that_is_none_is_refused(tmp_path: Path) -> None:
    done = fundarb("doctor", "--alive", "soon", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "such as 120s" in done.stderr
