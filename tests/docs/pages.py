"""The pages a reader sees, taken apart: fenced blocks with what stands right before them, tables, words in backticks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
COMMAND_PAGE = ROOT / "docs/commands.md"
PAGES = (README, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
_COMMENT = re.compile(r"<!-- (.*?) -->")
_GENERATED_HELP = re.compile(r"<!-- help: .*?<!-- end of help -->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, its text, where it begins, and the comment on the line before it."""

    page: Path
    line: int
    language: str
    text: str
    note: str = ""

    @property
    def place(self) -> str:
        """Where it is, for a message."""
        return f"{self.page.name}:{self.line}"

    def named(self, kind: str) -> str | None:
        """What its comment says after `kind: `; None where it says nothing of the kind."""
        head, _, rest = self.note.partition(": ")
        return rest if head == kind else None


def name_of(page: Path) -> str:
    """What a page is called in the list of tests."""
    return page.stem


def written(page: Path) -> str:
    """A page without the help of the commands, which is written by the program."""
    return _GENERATED_HELP.sub("", page.read_text(encoding="utf-8"))


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    found: list[Block] = []
    opened: tuple[int, str, str] | None = None
    inside: list[str] = []
    before = ""
    for number, line in enumerate(written(page).splitlines(), 1):
        if not line.startswith("```"):
            inside.append(line)
        elif opened is None:
            opened, inside = (number, line[3:].strip(), before), []
        else:
            start, language, note = opened
            found.append(Block(page, start, language, "\n".join(inside) + "\n", note))
            opened = None
        comment = _COMMENT.fullmatch(line)
        before = comment[1] if comment else ""
    assert opened is None, f"{page.name}: the last block is never closed"
    return found


def prose(page: Path) -> str:
    """A page without its blocks."""
    return re.sub(r"^```.*?^```$", "", written(page), flags=re.DOTALL | re.MULTILINE)


def ticked(page: Path) -> list[str]:
    """Everything between single backticks outside the blocks."""
    return re.findall(r"`([^`\n]+)`", prose(page))


def first_column(page: Path) -> set[str]:
    """The words in backticks of the first cell of every row of every table."""
    cells = re.findall(r"^\| (.*?) \|", prose(page), re.MULTILINE)
    return {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}
