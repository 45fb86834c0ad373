"""From what pydantic found to lines a person can act on: where, which path, what is wrong, what is allowed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from fundarb.config.layers import Entry, Raw
from fundarb.config.schema import Leaf, find
from fundarb.config.settings import SCHEMA
from fundarb.errors import Problem
from fundarb.parameters import CROSSED

DEFAULT = "default"
_LONGEST = 60
_OF_THE_VALUE = ("is ", "has ", "carries ")  # a reason that wants the value before it
_OUT_OF_BOUNDS = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")


def problems_of(error: ValidationError, written: Mapping[str, Entry]) -> list[Problem]:
    """One problem for each thing wrong, in the order of the classes."""
    return [_problem(found, written) for found in error.errors(include_url=False, include_input=False)]


def crossed_only(problem_source: ValidationError) -> bool:
    """Whether every single value is fine and only their combination is refused."""
    return all(found["type"] == CROSSED for found in problem_source.errors(include_url=False, include_input=False))


def _problem(found: Any, written: Mapping[str, Entry]) -> Problem:
    location = [str(part) for part in found["loc"]]
    if found["type"] == CROSSED:
        paths = [".".join([*location, name]) for name in found["ctx"]["fields"]]
        path = next((path for path in paths if path in written), paths[0])
        return Problem(_where(path, written), path, found["ctx"]["words"])
    path = ".".join(location)
    while path not in written and "." in path:
        path = path.rpartition(".")[0]
    leaf = find(SCHEMA, path)
    raw = written[path].raw if path in written else None
    words = _words(found, leaf, raw) if isinstance(leaf, Leaf) else str(found["msg"])
    return Problem(_where(path, written), path, words)


def _words(found: Any, leaf: Leaf, raw: Raw) -> str:
    """`-1 is out of bounds; allowed: a number, at least 0`."""
    kind = found["type"]
    if kind in _OUT_OF_BOUNDS:
        wrong = "is out of bounds"
    elif kind == "literal_error":
        wrong = "is not one of the choices" + "".join(_meant(leaf, raw))
    else:
        wrong = str(found.get("ctx", {}).get("words", "is not understood"))
    shown = "the value" if leaf.secret or leaf.reading.quiet else _shown(raw)
    told = f"{shown} {wrong}" if wrong.startswith(_OF_THE_VALUE) else wrong
    return f"{told}; allowed: {leaf.allowed}"


def _meant(leaf: Leaf, raw: Raw) -> Iterator[str]:
    if isinstance(raw, str):
        yield from (f"; did you mean {near}?" for near in get_close_matches(raw.strip().lower(), leaf.choices, 1))


def _shown(raw: Raw) -> str:
    """The value as it was written, on one line and not too long."""
    text = "null" if raw is None else raw if isinstance(raw, str) else f"[{', '.join(raw)}]"
    line = "".join(character if character.isprintable() else "�" for character in text)
    return f"{line[:_LONGEST]}…" if len(line) > _LONGEST else line or "null"


def _where(path: str, written: Mapping[str, Entry]) -> str:
    return written[path].where if path in written else DEFAULT
