"""What `init` writes is valid, says every key, changes no value, and is what the repository shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from fundarb.config import DEFAULT_FILE, override, resolve
from fundarb.config.keys import KEY_NAMES, read_keys
from fundarb.config.schema import Leaf, find, leaves
from fundarb.config.settings import SCHEMA
from fundarb.config.templates import starter_files, write_starter
from fundarb.errors import StorageError, UsageError
from tests.config.asking import DATABASE, resolved

ROOT = Path(__file__).parents[2]
NAMES = ("configs/default.yaml", "configs/grid.yaml", ".env.example")


def test_writes_the_three_files_and_says_so(empty_directory: Path) -> None:
    assert write_starter(Path("new/place"), force=False) == [Path("new/place") / name for name in NAMES]
    assert all((empty_directory / "new/place" / name).is_file() for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_repository_shows_what_is_written(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == starter_files()[name]


def test_the_written_configuration_is_found_valid_and_changes_nothing() -> None:
    bare = resolved()
    write_starter(Path(), force=False)
    found = resolve([], {}, [], {}, DATABASE)
    assert found.settings == bare.settings
    assert found.warnings == ()
    origins = {where.rpartition(":")[0] for _, _, where in found.rows()}
    assert origins == {str(DEFAULT_FILE)}, "every parameter stands in the file"


def test_every_key_comes_with_its_meaning_and_what_is_allowed() -> None:
    comments = " ".join(starter_files()[NAMES[0]].replace("#", " ").split())
    for leaf in leaves(SCHEMA):
        assert leaf.meaning, f"{leaf.path} has no description"
        assert leaf.meaning[1:] in comments
        assert f"[{leaf.allowed}]" in comments


def test_lines_fit_a_terminal() -> None:
    assert max(len(line) for text in starter_files().values() for line in text.splitlines()) <= 120


def test_the_example_of_single_pairs_is_valid_once_uncommented() -> None:
    text = starter_files()[NAMES[0]]
    example = re.search(r"#   (BTC: \{.*\})", text)
    assert example is not None
    assert resolved(f"costs:\n  pairs:\n    {example[1]}\n").settings.costs.pairs["BTC"].fee_perp is not None


def test_the_grid_names_real_paths_with_values_they_take() -> None:
    grid = yaml.load(starter_files()[NAMES[1]], Loader=yaml.BaseLoader)
    assert set(grid) == {"method", "seed", "fixed", "parameters", "constraints"}
    tried = {path: [text] for path, text in grid["fixed"].items()}
    for path, values in grid["parameters"].items():
        tried[path] = values if isinstance(values, list) else [values["min"], values["max"]]
    for path, texts in tried.items():
        assert isinstance(find(SCHEMA, path), Leaf)
        for text in texts:
            override(resolved().settings, {path: text}, "grid.yaml")
    for constraint in grid["constraints"]:
        left, right = constraint.split(" < ")
        assert isinstance(find(SCHEMA, left), Leaf)
        assert isinstance(find(SCHEMA, right), Leaf)


def test_nothing_is_overwritten_unless_forced() -> None:
    Path("configs").mkdir()
    Path("configs/grid.yaml").write_text("mine")
    with pytest.raises(UsageError, match=r"already there: configs/grid\.yaml; nothing was written; --force"):
        write_starter(Path(), force=False)
    assert Path("configs/grid.yaml").read_text() == "mine"
    assert not Path("configs/default.yaml").exists()
    write_starter(Path(), force=True)
    assert Path("configs/grid.yaml").read_text() == starter_files()["configs/grid.yaml"]


def test_a_place_that_cannot_be_written_is_named() -> None:
    Path("configs").write_text("a file in the way")
    with pytest.raises(StorageError, match="cannot write configs/default"):
        write_starter(Path(), force=False)


def test_the_example_of_keys_is_read_once_filled_in(empty_directory: Path) -> None:
    path = empty_directory / ".env"
    path.write_text(starter_files()[".env.example"])
    path.chmod(0o600)
    assert read_keys({}, empty_directory) is None
    path.write_text(starter_files()[".env.example"].replace("=\n", "=filled\n"))
    keys = read_keys({}, empty_directory)
    assert keys is not None
    assert keys.reveal() == ("filled",) * len(KEY_NAMES)
