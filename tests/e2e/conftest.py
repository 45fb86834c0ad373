"""A working directory with the made-up sample, and one with it imported."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.processes import fundarb
from tests.sample_data import write_sample


@pytest.fixture(scope="package")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory whose data/fundarb.db holds the sample; for tests to copy, not to change."""
    directory = tmp_path_factory.mktemp("filled")
    files = write_sample(directory)
    words = [word for kind, path in files.items() for word in (f"--{kind}", path)]
    done = fundarb("data", "import", *words, cwd=directory)
    assert done.returncode == 0, done.stderr
    return directory


@pytest.fixture
def here(filled: Path, tmp_path: Path) -> Path:
    """A directory of the test's own with the sample stored in it."""
    shutil.copytree(filled, tmp_path / "here")
    return tmp_path / "here"
