"""Layers: what each source says, as entries of (path, raw text, where). Later layers win; a bad entry is a problem.

A leaf, a list or a null replaces what stood at its path; a mapping merges, because it is only its leaves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fundarb.config.schema import Leaf, Section, Unknown, find, names
from fundarb.config.secrecy import REFUSED, looks_secret
from fundarb.config.settings import SCHEMA
from fundarb.errors import Problem
from fundarb.parameters import NULLS

Raw = str | tuple[str, ...] | None
PREFIX = "FUNDARB__"
_PAIRS = "costs.pairs"
OPTION_PATHS = {
    "--mode": "strategy.mode",
    "--pairs": "universe.pairs",
    "--days": "fetch.days",
    "--interval": "fetch.interval",
    "--kinds": "fetch.kinds",
    "--close-at-end": "backtest.close_at_end",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One value as it was written, and where."""

    path: str
    raw: Raw
    where: str


@dataclass(slots=True)
class Layer:
    """What one source says: entries in order, and what is wrong with it."""

    entries: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, path: str, raw: Raw, where: str) -> None:
        """Take a scalar or a list written at `path`, or note why it cannot stand there."""
        problem = _refusal(path, raw)
        if problem:
            self.problems.append(Problem(where, path, problem))
        else:
            self.entries.append(Entry(path, raw, where))


def environment_layer(environ: Mapping[str, str]) -> Layer:
    """`FUNDARB__A__B=value`, the name in any case; pairs in capitals."""
    layer, seen = Layer(), dict[str, str]()
    for name in sorted(environ):
        if not name.upper().startswith(PREFIX):
            continue
        parts = name[len(PREFIX) :].lower().split("__")
        if ".".join(parts[:2]) == _PAIRS:
            parts[2:3] = [part.upper() for part in parts[2:3]]
        path, where = ".".join(parts), f"environment {name}"
        if path in seen:
            layer.problems.append(Problem(where, path, f"is also set by {seen[path]}; keep one of them"))
            continue
        seen[path] = name
        layer.add(path, environ[name], where)
    return layer


def set_layer(sets: Sequence[str]) -> Layer:
    """`--set a.b=value`, in order."""
    layer = Layer()
    for text in sets:
        path, equals, raw = text.partition("=")
        if equals and path.strip():
            layer.add(path.strip(), raw, "--set")
        else:
            layer.problems.append(Problem("--set", "", "is not written path=value, as in capital=5000"))
    return layer


def option_layer(options: Mapping[str, str | None]) -> Layer:
    """Options that stand for a parameter, by their name (`--mode`); None is an option that was not given."""
    layer = Layer()
    for name, raw in options.items():
        if raw is not None:
            layer.add(OPTION_PATHS[name], raw, name)
    return layer


def merge(layers: Iterable[Layer]) -> dict[str, Entry]:
    """The last word on every path that was written; what was written last stands last."""
    merged: dict[str, Entry] = {}
    for layer in layers:
        for entry in layer.entries:
            if entry.path == _PAIRS:
                merged = {path: kept for path, kept in merged.items() if not path.startswith(f"{_PAIRS}.")}
            merged.pop(entry.path, None)
            merged[entry.path] = entry
    merged.pop(_PAIRS, None)
    return merged


def _refusal(path: str, raw: Raw) -> str | None:
    """Why nothing of this kind can stand at `path`."""
    target = find(SCHEMA, path)
    if isinstance(target, Leaf):
        return None
    if isinstance(target, Unknown):
        return REFUSED if looks_secret(path) else f"no such key; {target.hint}"
    empty = raw is None or (isinstance(raw, str) and raw.strip() in NULLS | {"{}"})
    return None if empty and path == _PAIRS else _section_refusal(target, empty)


def _section_refusal(section: Section, empty: bool) -> str:
    """What to say where a section got a single value, or nothing at all."""
    beneath = f"allowed beneath it: {names(section)}"
    if empty:
        return f"is an empty section; write its keys or remove the line; {beneath}"
    mode = f"; did you mean {section.path}.mode?" if "mode" in section.children else ""
    return f"is a section, not a value{mode}; {beneath}"
