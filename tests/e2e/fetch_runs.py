"""`fetch` as a process against a sandbox, and what it left in the store."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

from tests.cli.processes import environment, fundarb


def fetch(url: str, cwd: Path, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run `fetch` to its end, which must be this code."""
    done = fundarb("fetch", *words, "--set", f"venue.url={url}", cwd=cwd)
    assert done.returncode == code, (done.returncode, done.stderr)
    return done


def document(url: str, cwd: Path, *words: str, code: int = 0) -> dict[str, Any]:
    """The JSON of a run."""
    found = json.loads(fetch(url, cwd, *words, "--format", "json", code=code).stdout)
    assert isinstance(found, dict)
    return found


async def started(url: str, cwd: Path, *words: str) -> asyncio.subprocess.Process:
    """A run that goes on beside the test, whose own loop may be serving the sandbox."""
    argv = [sys.executable, "-m", "fundarb", "fetch", *words, "--set", f"venue.url={url}"]
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*argv, cwd=cwd, env=environment(), stdout=pipe, stderr=pipe)


def counts(url: str) -> dict[str, int]:
    """How often each path of a sandbox was asked."""
    with urllib.request.urlopen(f"{url}/sandbox/requests", timeout=30) as response:
        paths: dict[str, int] = json.load(response)["paths"]
        return paths


def rows(database: Path, query: str) -> list[Any]:
    """What a query finds in a database nobody writes to."""
    connection = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def history(database: Path) -> dict[str, list[Any]]:
    """Every settlement and candle, and the stretches that were asked for."""
    return {
        "settlements": rows(
            database,
            "SELECT symbol, settled_at, rate FROM settlements JOIN instruments ON id = instrument_id ORDER BY 1, 2",
        ),
        "candles": rows(
            database,
            "SELECT symbol, market, span_ms, open_at, open, high, low, close, volume FROM candles "
            "JOIN instruments ON id = instrument_id ORDER BY 1, 2, 3, 4",
        ),
        "asked": rows(
            database,
            "SELECT symbol, kind, from_ms, to_ms, confirmed FROM coverage "
            "JOIN instruments ON id = instrument_id ORDER BY 1, 2, 3",
        ),
    }
