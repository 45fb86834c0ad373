"""What is not needed is not imported: help, version and `config check` come without the heavy libraries."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.processes import environment
from tests.readme import command_lines

HEAVY = {"ccxt", "numpy", "scipy", "aiohttp"}
_PROBE = """
import json, sys
from fundarb.cli.app import main
code = main(json.loads(sys.argv[1]))
json.dump({"code": code, "modules": sorted({name.partition(".")[0] for name in sys.modules})}, sys.stderr)
"""


def imported_by(*words: str, cwd: Path) -> set[str]:
    """The top-level modules in memory after a command that must succeed."""
    done = subprocess.run(
        [sys.executable, "-c", _PROBE, json.dumps(words)],
        cwd=cwd,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found = json.loads(done.stderr)
    assert found["code"] == 0
    return set(found["modules"])


@pytest.mark.parametrize("words", list(command_lines()), ids=" ".join)
def test_no_help_imports_a_heavy_library(words: tuple[str, ...], tmp_path: Path) -> None:
    assert not imported_by(*words, "--help", cwd=tmp_path) & HEAVY


@pytest.mark.parametrize("words", [["--version"], ["config", "check"], ["config", "show"], ["init"]], ids=" ".join)
def test_version_and_configuration_import_no_heavy_library(words: list[str], tmp_path: Path) -> None:
    assert not imported_by(*words, cwd=tmp_path) & HEAVY


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["data", "list", "--help"]], ids=" ".join)
def test_help_imports_nothing_that_only_a_running_command_needs(words: list[str], tmp_path: Path) -> None:
    found = imported_by(*words, cwd=tmp_path)
    assert not found & {"asyncio", "pydantic", "structlog", "rich", "yaml", "aiosqlite", "sqlite3"}


def test_the_probe_would_notice(tmp_path: Path) -> None:
    assert {"pydantic", "structlog"} <= imported_by("config", "check", cwd=tmp_path)
