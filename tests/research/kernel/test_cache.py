"""Compiled code is kept by its sources: an edit is never missed, and what nobody uses does not pile up."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import fundarb
from fundarb.research.kernel import cache
from fundarb.research.kernel.compiled import SHARED

ROOT = Path(fundarb.__file__).parent
RUN_ONE = """
from tests.engine.wide_markets import wide_market
from tests.engine.running import setup_of, stage_of
from fundarb.research.fast_lane import FastLane
from fundarb.research.kernel.lane import _run_range
market = wide_market(1, 0)
setup = setup_of(market.sets, [stream.pair for stream in market.world])
FastLane(stage_of(market.world, setup, *market.span), "simple").run([setup])
print(sum(_run_range.stats.cache_hits.values()), sum(_run_range.stats.cache_misses.values()))
"""


def test_an_edited_callee_has_another_directory(tmp_path: Path) -> None:
    copies = [tmp_path / f"{number}.py" for number, _ in enumerate(cache.sources())]
    for copy, source in zip(copies, cache.sources(), strict=True):
        copy.write_bytes(source.read_bytes())
    before = cache.digest_of(copies)
    assert before == cache.digest_of(cache.sources())
    for copy in copies:
        kept = copy.read_bytes()
        copy.write_bytes(kept + b"\n")
        assert cache.digest_of(copies) != before, copy
        copy.write_bytes(kept)
    assert cache.digest_of(copies) == before


def test_all_that_is_compiled_is_a_source() -> None:
    """Functions shared with the exact lane, and every constant a compiled file takes from another."""
    known = {source.resolve() for source in cache.sources()}
    for function in SHARED:
        assert Path(function.__code__.co_filename).resolve() in known
    taken = [one for source in (ROOT / "research" / "kernel").glob("*.py") for one in _constants(source)]
    assert {"HOUR", "NO_SPREAD", "HALF_WIDTH_BP"} <= {name for _, names in taken for name in names}
    for module, names in taken:
        assert module in known, f"{names} of {module} are compiled in"


def test_the_directory_is_that_of_the_user_and_says_what_it_is_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    chosen = cache.cache_directory()
    assert chosen == tmp_path / "fundarb" / f"kernel-{cache.digest_of(cache.sources())}"
    assert chosen.is_dir()
    assert list(chosen.iterdir()) == []


def test_only_the_last_used_directories_of_other_sources_remain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for age in range(6):
        other = tmp_path / "fundarb" / f"kernel-{age}"
        other.mkdir(parents=True)
        (other / "compiled.nbi").write_text("x")
        os.utime(other, (1_000_000 - age, 1_000_000 - age))
    (tmp_path / "fundarb" / "panels").mkdir()
    chosen = cache.cache_directory()
    left = {path.name for path in (tmp_path / "fundarb").iterdir()}
    assert left == {"panels", chosen.name, "kernel-0", "kernel-1", "kernel-2"}
    assert cache.cache_directory() == chosen


def test_without_a_writable_cache_a_private_directory_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file where the directory should be stops even root, as a read-only one stops everybody else."""
    (tmp_path / "fundarb").write_text("not a directory")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    first, second = cache.cache_directory(), cache.cache_directory()
    assert first != second
    assert first.is_dir()
    assert first.parent == second.parent == tmp_path
    assert first.stat().st_mode & 0o077 == 0


@pytest.mark.slow
def test_what_was_compiled_once_is_only_read_the_next_time() -> None:
    """In the user's own cache, where whichever test comes first has it compiled: for the suite, too, once is enough."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT.parent)}
    told = [
        subprocess.run(
            [sys.executable, "-c", RUN_ONE], env=environ, capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(2)
    ]
    assert told[0] in (["0", "1"], ["1", "0"])
    assert told[1] == ["1", "0"]
    assert {path.suffix for path in cache.cache_directory().rglob("*.nb*")} == {".nbi", ".nbc"}


def _constants(source: Path) -> list[tuple[Path, list[str]]]:
    """Files of fundarb that compiled functions of a file take constants from."""
    tree = ast.parse(source.read_text())
    bodies = [node for node in tree.body if isinstance(node, ast.FunctionDef) and _is_compiled(node)]
    used = {name.id for body in bodies for name in ast.walk(body) if isinstance(name, ast.Name)}
    found = []
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("fundarb."):
            names = [alias.name for alias in node.names if alias.name.isupper() and alias.name in used]
            if names:
                module = ROOT.joinpath(*str(node.module).split(".")[1:]).with_suffix(".py")
                found.append((module.resolve(), names))
    return found


def _is_compiled(function: ast.FunctionDef) -> bool:
    words = {"entry", "compiled", "inlined", "merged", "reassociated"}
    return any(isinstance(one, ast.Name) and one.id in words for one in function.decorator_list)
