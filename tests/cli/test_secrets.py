"""Secrets given on the command line reach no lock file, no other process's message and no log; words stay readable."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fundarb.adapters.sqlite.locks import hold, holder, lock_path
from tests.cli.processes import fundarb

CANARY = "canary-8f2e71"
SECRET_OPTIONS = (
    "--set", f"notify.apprise=tgram://{CANARY}/1,tgram://2/{CANARY}", f"--set=notify.webhook=https://x.example/{CANARY}",
)  # fmt: skip


@pytest.mark.parametrize(
    "argv",
    [
        ("/usr/bin/fundarb", "data", "import", *SECRET_OPTIONS, "--db", "secret", "--funding", CANARY),
        ("/usr/bin/fundarb", *SECRET_OPTIONS, "data", "import"),
        ("/usr/bin/fundarb", "data", *SECRET_OPTIONS, "--log-file", "canary", "-c", "canary", "import", CANARY),
    ],
)
def test_a_lock_is_signed_with_the_words_of_the_command_only(
    argv: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / "a.db"
    monkeypatch.setattr(sys, "argv", list(argv))
    with hold(database, ["data", "trade"]):
        found = holder(database, "data")
        assert found is not None
        assert found.command == "fundarb data import"
        assert "canary" not in lock_path(database, "data").read_text() + lock_path(database, "trade").read_text()
        (tmp_path / "f.csv").write_text("symbol,timestamp_ms,rate\n")
        done = fundarb("data", "import", "--db", database, "--funding", "f.csv", cwd=tmp_path)
    assert done.returncode == 5
    assert "(`fundarb data import`)" in done.stderr
    assert "canary" not in done.stderr


@pytest.mark.parametrize("form", ["console", "json"])
def test_no_log_holds_a_secret_of_the_command_line(form: str, tmp_path: Path) -> None:
    words = (*SECRET_OPTIONS, "-vv", "--log-format", form, "--log-file", tmp_path / "log")
    done = fundarb("config", "show", *words, cwd=tmp_path)
    assert done.returncode == 0
    assert CANARY not in done.stdout + done.stderr + (tmp_path / "log").read_text()
    assert "notify.apprise,***,--set" in done.stdout


@pytest.mark.parametrize(
    ("sets", "words"),
    [
        (f"api_key={CANARY}", "--set: api_key: a secret does not belong into configuration; put FUNDARB_API_KEY"),
        (
            "notify.webhook=bad",
            "--set: notify.webhook: the value is not an http(s) address; allowed: an http(s) address",
        ),
        (f"notify.apprise={CANARY}", "--set: notify.apprise: an item is not written SCHEME://"),
        (f"notify.token={CANARY}", "--set: notify.token: a secret does not belong into configuration"),
    ],
)
@pytest.mark.parametrize("form", ["console", "json"])
def test_the_words_about_a_secret_are_all_there_and_the_secret_is_not(
    form: str, sets: str, words: str, tmp_path: Path
) -> None:
    done = fundarb("config", "check", "--set", sets, "--log-format", form, "--log-file", tmp_path / "log", cwd=tmp_path)
    assert done.returncode == 78
    for text in (done.stderr, (tmp_path / "log").read_text()):
        assert words in text
        assert CANARY not in text
        assert "***" not in text


def test_a_known_key_is_blanked_in_the_words_about_the_configuration_too(tmp_path: Path) -> None:
    (tmp_path / f"{CANARY}.yaml").write_text("capital: x\n")
    done = fundarb("config", "check", "-c", f"{CANARY}.yaml", cwd=tmp_path, FUNDARB_API_SECRET=CANARY)
    assert done.returncode == 78
    assert done.stderr.startswith("***.yaml:1: capital: x is not a number")
