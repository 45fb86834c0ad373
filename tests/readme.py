"""The help in the README is the help of the program: `python -m tests.readme --check` compares, `--write` writes it."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from fundarb.cli.app import COMMANDS, main
from fundarb.cli.mounting import Group

README = Path(__file__).resolve().parents[1] / "README.md"
BEGIN = "<!-- help: written by `make readme` -->\n"
END = "<!-- end of help -->\n"


def command_lines() -> Iterator[tuple[str, ...]]:
    """Every command as words, groups before what they hold; the program itself first."""
    yield ()
    for name, entry in COMMANDS.items():
        yield (name,)
        if isinstance(entry, Group):
            yield from ((name, below) for below in entry.commands)


def help_of(words: tuple[str, ...]) -> str:
    """What `fundarb WORDS --help` prints on a wide terminal."""
    page = io.StringIO()
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "100"
    try:
        with contextlib.redirect_stdout(page):
            code = main([*words, "--help"])
    finally:
        os.environ.pop("COLUMNS")
        if before is not None:
            os.environ["COLUMNS"] = before
    assert code == 0, f"fundarb {' '.join(words)} --help exits {code}"
    return page.getvalue()


def generated() -> str:
    """The section between the marks."""
    parts = [
        f"### {' '.join(('fundarb', *words))}\n\n```\n{help_of(words).rstrip()}\n```\n" for words in command_lines()
    ]
    return "\n" + "\n".join(parts) + "\n"


def with_generated(text: str) -> str:
    """The README with its help section renewed."""
    head, _, rest = text.partition(BEGIN)
    _, mark, tail = rest.partition(END)
    if not mark:
        raise SystemExit(f"{README.name} lacks the marks {BEGIN.strip()!r} and {END.strip()!r}")
    return f"{head}{BEGIN}{generated()}{END}{tail}"


def run(arguments: list[str]) -> int:
    """0 if the README is up to date (or has been written), else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.readme", description=__doc__)
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--check", action="store_true")
    choice.add_argument("--write", action="store_true")
    asked = parser.parse_args(arguments)
    before = README.read_text(encoding="utf-8")
    after = with_generated(before)
    if asked.write:
        README.write_text(after, encoding="utf-8")
    elif before != after:
        sys.stderr.write("the help in README.md is not what the program says; run `make readme`\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
