"""Every test of configuration stands in an empty directory of its own."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, so that no configs/default.yaml lies beside."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
