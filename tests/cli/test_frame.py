"""The frame of the command line: shared options anywhere, exit codes, signals, pipes, logs. Real processes throughout."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.processes import ROOT, environment, frame


def given(line: str) -> dict[str, str]:
    done = frame(*line.split(), "--format", "json")
    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)[0]
    assert isinstance(row, dict)
    return row


def test_shared_options_are_taken_in_all_three_places_and_repeatable_ones_add_up_in_order() -> None:
    row = given("-c a.yaml --set x=1 deep -c b.yaml --set x=2 echo -c c.yaml --set x=3 -c d.yaml")
    assert row["config"] == "a.yaml,b.yaml,c.yaml,d.yaml"
    assert row["sets"] == "x=1,x=2,x=3"


def test_of_options_that_are_not_repeatable_the_last_place_wins() -> None:
    row = given("--db one.db --log-format json deep --db two.db echo --db three.db --log-format console")
    assert row["database"] == "three.db"
    assert row["log_format"] == "console"
    assert given("--db one.db deep echo")["database"] == "one.db"


@pytest.mark.parametrize(
    ("line", "verbosity"),
    [("echo", 0), ("-v deep echo -v", 2), ("deep -vv echo", 2), ("-v deep echo -q", -1), ("-q deep echo -v", 1)],
)
def test_verbose_adds_up_and_the_last_of_verbose_and_quiet_wins(line: str, verbosity: int) -> None:
    assert given(line)["verbosity"] == str(verbosity)


def test_an_async_command_really_runs_and_its_return_value_is_the_exit_code() -> None:
    done = frame("echo", "--fail", "code")
    assert (done.returncode, done.stdout, done.stderr) == (3, "", "")


def test_an_expected_error_is_one_line_and_its_own_exit_code() -> None:
    done = frame("echo", "--fail", "expected")
    assert (done.returncode, done.stdout, done.stderr) == (5, "", "error: the lock is held\n")


def test_an_unexpected_failure_is_one_line() -> None:
    done = frame("echo", "--fail", "unexpected")
    assert done.returncode == 1
    assert done.stderr == "unexpected failure: ValueError: what nobody foresaw (-v shows where)\n"


def test_with_verbose_an_unexpected_failure_shows_where_but_no_locals() -> None:
    done = frame("echo", "--fail", "unexpected", "-v")
    assert done.returncode == 1
    assert "Traceback (most recent call last)" in done.stderr
    assert "in _fail\n    raise ValueError" in done.stderr
    assert "canary-secret-in-a-local" not in done.stderr


def test_the_log_file_keeps_the_traceback_even_without_verbose(tmp_path: Path) -> None:
    frame("echo", "--fail", "unexpected", "--log-file", tmp_path / "log")
    text = (tmp_path / "log").read_text()
    assert "Traceback (most recent call last)" in text
    assert "unexpected failure: ValueError: what nobody foresaw" in text


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("deep ech", "fundarb deep: no such command: ech; did you mean echo?"),
        ("ehco", "fundarb: no such command: ehco; did you mean echo or deep echo?"),
        ("zzz", "fundarb: no such command: zzz; choose from echo, deep"),
        ("echo --fial x", "fundarb echo: No such option: --fial (Possible options: --fail"),
        ("echo --format tabl", "'tabl' is not one of 'table', 'csv', 'json', 'jsonl'"),
        ("deep echo --db", "Option '--db' requires an argument."),
        ("echo --log-file /nowhere/log", "--log-file /nowhere/log: No such file or directory"),
    ],
)
def test_a_usage_error_exits_2_and_says_what_is_wrong_and_where_to_read_on(line: str, words: str) -> None:
    done = frame(*line.split())
    assert done.returncode == 2
    assert done.stdout == ""
    assert words in done.stderr
    assert "--help`" in done.stderr or "name a file" in done.stderr


def test_a_group_without_a_command_shows_its_help_on_stderr() -> None:
    done = frame("deep")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage: fundarb deep [OPTIONS] COMMAND ...")


def test_logs_go_to_stderr_at_the_level_asked_for_and_never_to_stdout() -> None:
    seen = {flag: frame("echo", "--fail", "log", *flag.split()).stderr for flag in ("", "-v", "-vv", "-q")}
    assert "look" in seen[""]
    assert "by the way" not in seen[""]
    assert "by the way" in seen["-v"]
    assert "library chatter" not in seen["-v"]
    assert "library chatter" in seen["-vv"]
    assert seen["-q"] == ""
    assert frame("echo", "--fail", "log", "-vv").stdout == ""


def test_no_secret_gets_into_a_log_whichever_way_it_is_written(tmp_path: Path) -> None:
    for line in ("-vv", "-vv --log-format json"):
        log = tmp_path / f"{len(line)}.log"
        done = frame("echo", "--fail", "log", *line.split(), "--log-file", log)
        assert "canary" not in done.stderr + log.read_text()
        assert "***" in done.stderr
        assert "***" in log.read_text()


def test_the_keys_of_the_environment_are_blanked_wherever_they_turn_up() -> None:
    done = frame("echo", "--fail", "environment", FUNDARB_API_KEY="live-key-123456")
    assert "the key is ***" in done.stderr
    assert "live-key" not in done.stderr


def test_json_logs_are_one_object_a_line_errors_included() -> None:
    lines = frame("echo", "--fail", "log", "--log-format", "json").stderr.splitlines()
    assert [json.loads(line)["level"] for line in lines] == ["warning", "warning"]
    error = json.loads(frame("echo", "--fail", "expected", "--log-format", "json").stderr)
    assert error["event"] == "error: the lock is held"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", error["timestamp"])


def test_the_log_file_is_appended_to_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    log = tmp_path / "log"
    for _ in range(2):
        frame("echo", "--fail", "log", "--log-file", log)
    assert log.read_text().count("by the way") == 2
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_directory_as_log_file_is_a_usage_error(tmp_path: Path) -> None:
    done = frame("echo", "--log-file", tmp_path)
    assert done.returncode == 2
    assert f"--log-file {tmp_path}: Is a directory" in done.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_cancels_the_command_which_cleans_up_and_exits(number: int, code: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.cli.frame", "echo", "--fail", "hang"],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "hanging\n"
        began = time.monotonic()
        process.send_signal(number)
        _, words = process.communicate(timeout=20)
    assert process.returncode == code
    assert words == f"cleaned up\nstopped by {signal.Signals(number).name}\n"
    assert time.monotonic() - began < 10


def test_a_second_signal_ends_a_command_that_will_not_stop() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.cli.frame", "echo", "--fail", "stubborn"],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "hanging\n"
        process.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.5)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert process.returncode == -signal.SIGTERM


@pytest.mark.parametrize(("line", "code"), [("echo", 0), ("echo --fail expected", 5), ("echo --fail log -vv", 0)])
def test_a_closed_stderr_changes_no_exit_code(line: str, code: int) -> None:
    done = in_shell(f"{line} 2>&-")
    assert done.returncode == code


def test_a_closed_stdout_is_said() -> None:
    done = in_shell("echo >&-")
    assert done.returncode == 1
    assert done.stderr == "error: there is no standard output to write the answer to; do not close it (`>&-`)\n"


def in_shell(line: str) -> subprocess.CompletedProcess[str]:
    argv = ["bash", "-c", f"{sys.executable} -m tests.cli.frame {line}"]
    return subprocess.run(argv, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=60, check=False)


def test_verbose_and_the_log_file_tell_when_a_command_started_and_ended(tmp_path: Path) -> None:
    done = frame("echo", "--log-file", tmp_path / "log")
    assert done.stderr == ""
    text = (tmp_path / "log").read_text()
    assert "started" in text
    assert re.search(r"finished .* command='fundarb echo' exit_code=0 seconds=0\.\d+", text)


@pytest.mark.parametrize("line", ["--help", "deep --help", "echo --format jsonl"])
def test_a_reader_that_hangs_up_is_no_failure_and_no_words(line: str) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tests.cli.frame", *line.split()],
            env=environment(),
            stdout=write,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_full_disk_behind_stdout_is_said() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tests.cli.frame", "echo"],
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "error: the answer could not be written to standard output: No space left on device\n"


def test_a_log_file_that_takes_no_more_is_said_once_and_stops_nothing() -> None:
    done = frame("echo", "--log-file", "/dev/full")
    assert done.returncode == 0
    assert done.stderr == ("warning: --log-file /dev/full: No space left on device; the log is not complete\n")


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "ascii"])
@pytest.mark.parametrize("form", ["console", "json"])
def test_a_name_in_no_encoding_is_written_escaped(form: str, encoding: str, tmp_path: Path) -> None:
    """A path of bytes that are no text, and a character that the terminal lacks."""
    name = "caf\udce9 → x"
    log = tmp_path / "log"
    words = ("echo", "--fail", "expected", "--db", name, "-v", "--log-format", form, "--log-file", log)
    done = frame(*words, PYTHONIOENCODING=encoding)
    assert done.returncode == 5
    assert "Logging error" not in done.stderr
    assert r"caf\udce9" in done.stderr
    assert r"caf\udce9 → x" in log.read_text("utf-8")


def test_help_of_a_command_names_the_shared_options_in_brief() -> None:
    done = frame("deep", "echo", "--help", COLUMNS="100")
    assert done.returncode == 0
    assert "Usage: fundarb deep echo [OPTIONS] [WORDS]..." in done.stdout
    assert "--fail HOW" in done.stdout
    brief = done.stdout.partition("Shared options")[2]
    for name in ("--config FILE", "--set PATH=VALUE", "--db FILE", "--format table|csv|json|jsonl", "--no-color"):
        assert name in brief
    assert len(brief.splitlines()) <= 5


def test_shell_completion_offers_commands_and_options() -> None:
    def offered(line: str) -> str:
        position = str(len(line.split(" ")) - 1)
        return frame(_FUNDARB_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=position).stdout

    assert offered("fundarb de").split() == ["deep"]
    assert offered("fundarb deep e").split() == ["echo"]
    assert "--log-format" in offered("fundarb deep echo --lo").split()
