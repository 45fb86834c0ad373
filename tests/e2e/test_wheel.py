"""The wheel is whole: installed elsewhere, away from the clone, the command does what it does here."""

from __future__ import annotations

import os
import site
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from fundarb import __version__
from fundarb.adapters.sqlite.migrate import MIGRATIONS
from tests.cli.processes import ROOT
from tests.sample_data import write_sample


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from this clone with what is installed here."""
    directory = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(directory), cwd=ROOT)
    (built,) = directory.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installed command in an environment of its own, which borrows its dependencies from the running one."""
    home = tmp_path_factory.mktemp("elsewhere") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", str(home))
    python = home / "bin/python"
    borrowed = sysconfig.get_path("purelib")
    assert borrowed in site.getsitepackages()
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    run(*pip, "--disable-pip-version-check", str(wheel))
    packages = run(str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    (Path(packages) / "borrowed.pth").write_text(f"{borrowed}\n")
    return home / "bin/fundarb"


def run(*argv: str, cwd: Path | None = None) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "FUNDARB"))}
    done = subprocess.run(argv, cwd=cwd, env=kept, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{' '.join(argv)}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_the_wheel_holds_migrations_the_looks_of_pages_and_the_mark_of_its_types(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "fundarb/py.typed" in names
    folder = "fundarb/adapters/sqlite/migrations"
    assert {f"{folder}/{step.version:04d}_{step.name}.sql" for step in MIGRATIONS} <= names
    assert {f"fundarb/reporting/page/{name}" for name in ("page.css", "page.js", "theme.js")} <= names
    looks = ("dashboard.css", "dashboard.js", "htmx-2.0.11.min.js", "LICENSE-htmx.txt", "LICENSE-htmx-ws.txt")
    assert {f"fundarb/web/static/{name}" for name in looks} <= names
    assert not [name for name in names if name.startswith("tests/")]


def test_the_wheel_is_what_runs_not_the_clone(program: Path, tmp_path: Path) -> None:
    where = run(str(program.with_name("python")), "-c", "import fundarb; print(fundarb.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(program.parents[1])


@pytest.mark.slow
def test_the_installed_command_works_from_any_directory(program: Path, tmp_path: Path) -> None:
    def fundarb(*words: str) -> str:
        return run(str(program), *words, cwd=tmp_path)

    assert fundarb("--version") == f"fundarb {__version__}\n"
    assert "configs/default.yaml" in fundarb("init")
    assert fundarb("config", "check").startswith("ok,parameters,warnings\ntrue,")
    files = write_sample(tmp_path)
    fundarb("data", "import", *(word for kind, path in files.items() for word in (f"--{kind}", str(path))))
    assert "BTC/USDT:USDT,funding," in fundarb("data", "list")
