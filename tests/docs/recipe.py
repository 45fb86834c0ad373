"""Changes as a page shows them, made to a copy of the program: each hunk where its old lines stand, and stand only once."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.docs.pages import ROOT, Block

_FILE = re.compile(r"^--- a/(\S+)\n\+\+\+ b/\1\n", re.MULTILINE)
_HUNK = re.compile(r"^@@ .*\n", re.MULTILINE)


def copied_program(home: Path) -> Path:
    """The package in a directory of its own, for Python to find before the one that is installed."""
    there = home / "program"
    shutil.copytree(ROOT / "fundarb", there / "fundarb", ignore=shutil.ignore_patterns("__pycache__"))
    return there


def change(program: Path, block: Block) -> None:
    """Make the changes of a block."""
    pieces = _FILE.split(block.text)
    for name, hunks in zip(pieces[1::2], pieces[2::2], strict=True):
        path = program / name
        text = path.read_text(encoding="utf-8")
        for hunk in _HUNK.split(hunks)[1:]:
            old, new = _side(hunk, "-"), _side(hunk, "+")
            assert text.count(old) == 1, f"{block.place}: {name} no longer reads\n{old}"
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")


def _side(hunk: str, own: str) -> str:
    """The lines of a hunk before ("-") or after ("+") the change."""
    return "".join(line[1:] or "\n" for line in hunk.splitlines(keepends=True) if line[0] in (own, " ", "\n"))
