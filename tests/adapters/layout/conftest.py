"""A fresh folder for every test of the layout."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.layout.files import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A directory without a store yet."""
    return Folder(tmp_path)
