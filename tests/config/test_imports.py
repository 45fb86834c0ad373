"""Configuration stays light: pydantic and, where there is a file, PyYAML."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("numpy", "scipy", "ccxt", "aiohttp", "aiosqlite", "typer", "rich")
RESOLVE = "from fundarb.config import resolve; from pathlib import Path; resolve({files}, {{}}, [], {{}}, Path('x.db'))"


@pytest.mark.parametrize(("files", "expected"), [("[]", set()), ("[Path('a.yaml')]", {"yaml"})])
def test_resolving_imports_only_what_it_needs(files: str, expected: set[str]) -> None:
    Path("a.yaml").write_text("capital: 5\n")
    code = f"{RESOLVE.format(files=files)}; import sys; print([m for m in {(*HEAVY, 'yaml')} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(sorted(expected))
