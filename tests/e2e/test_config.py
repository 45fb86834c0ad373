"""`fundarb config …`: the resolved configuration with its origins, whichever place a value comes from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.processes import fundarb


def shown(*args: str, cwd: Path, **extra: str) -> dict[str, tuple[str, str]]:
    done = fundarb("config", "show", *args, "--format", "json", cwd=cwd, **extra)
    assert done.returncode == 0, done.stderr
    return {row["path"]: (row["value"], row["origin"]) for row in json.loads(done.stdout)}


def test_every_value_is_shown_with_the_place_that_decided_it(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("capital: 1\nsizing:\n  size_usd: 300\n")
    (tmp_path / "b.yaml").write_text("capital: 2\n")
    found = shown(
        "-c", "a.yaml", "-c", "b.yaml", "--set", "risk.pair_cap=7", cwd=tmp_path, FUNDARB__RISK__MAX_POSITIONS="3"
    )
    assert found["capital"] == ("2", "b.yaml:1")
    assert found["sizing.size_usd"] == ("300", "a.yaml:3")
    assert found["risk.max_positions"] == ("3", "environment FUNDARB__RISK__MAX_POSITIONS")
    assert found["risk.pair_cap"] == ("7", "--set")
    assert found["strategy.mode"] == ("simple", "default")


def test_the_file_beside_the_person_counts_until_another_is_named(tmp_path: Path) -> None:
    fundarb("init", cwd=tmp_path)
    file = tmp_path / "configs/default.yaml"
    file.write_text("capital: 77\n")
    assert shown(cwd=tmp_path)["capital"] == ("77", "configs/default.yaml:1")
    (tmp_path / "other.yaml").write_text("sizing:\n  size_usd: 5\n")
    assert shown("-c", "other.yaml", cwd=tmp_path)["capital"] == ("10000", "default")


@pytest.mark.parametrize("line", ["config show", "config show --format json", "config check -vv --set capital=x"])
def test_a_webhook_is_never_printed(line: str, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("notify:\n  webhook: https://hooks.invalid/canary-77\n")
    done = fundarb(*line.split(), "-c", "c.yaml", cwd=tmp_path)
    assert "canary-77" not in done.stdout + done.stderr
    if line.startswith("config show"):
        assert "***" in done.stdout


def test_what_init_writes_is_the_packaged_configuration(tmp_path: Path) -> None:
    packaged = {path: value for path, (value, _) in shown(cwd=tmp_path).items()}
    fundarb("init", cwd=tmp_path)
    written = shown(cwd=tmp_path)
    assert {path: value for path, (value, _) in written.items()} == packaged
    assert all(origin.startswith("configs/default.yaml:") for _, origin in written.values())
