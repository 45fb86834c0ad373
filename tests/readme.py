"""What README and docs repeat of the program is what it says: `python -m tests.readme --check` compares, `--write` writes.

The list of commands stands in the README between its marks, the help of each in a page of its own; the other parts are
those of `tests.docs.generated`."""

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
from tests.docs import generated as parts
from tests.docs.pages import COMMAND_PAGE, README

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


def overview() -> str:
    """What the README has between its marks: the commands, and the options of all of them."""
    return f"\n{_fenced(())}\n"


def every_help() -> str:
    """What the page on commands has there: a heading and the help of each."""
    parts = [f"## {' '.join(('fundarb', *words))}\n\n{_fenced(words)}" for words in command_lines()]
    return "\n" + "\n".join(parts) + "\n"


def _fenced(words: tuple[str, ...]) -> str:
    return f"```\n{help_of(words).rstrip()}\n```\n"


HELD = {README: overview, COMMAND_PAGE: every_help}


def with_generated(page: Path, text: str) -> str:
    """A page with its help renewed."""
    head, _, rest = text.partition(BEGIN)
    _, mark, tail = rest.partition(END)
    if not mark:
        raise SystemExit(f"{page.name} lacks the marks {BEGIN.strip()!r} and {END.strip()!r}")
    return f"{head}{BEGIN}{HELD[page]()}{END}{tail}"


def run(arguments: list[str]) -> int:
    """0 if the pages are up to date (or have been written), else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.readme", description=__doc__)
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--check", action="store_true")
    choice.add_argument("--write", action="store_true")
    asked = parser.parse_args(arguments)
    outdated = _outdated()
    if asked.write:
        for page, text in outdated.items():
            page.write_text(text, encoding="utf-8")
    elif outdated:
        names = ", ".join(page.name for page in outdated)
        sys.stderr.write(f"not what the program says: {names}; run `make readme`\n")
        return 1
    return 0


def _outdated() -> dict[Path, str]:
    """The pages that are not as they should be, as they should be."""
    found = parts.stale()
    for page in HELD:
        before = page.read_text(encoding="utf-8")
        after = with_generated(page, found.get(page, before))
        if after != before:
            found[page] = after
    return found


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
