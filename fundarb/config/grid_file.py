"""Reads a grid file: every problem in it by line, as the configuration's own are told."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from fundarb.config.axes import AxisReader, whole_text
from fundarb.config.constraints import read_constraint
from fundarb.config.grid import METHODS, MOST_NUMBERED, MOST_SETS, Constraint, Grid, Method
from fundarb.config.layers import Layer, Raw
from fundarb.config.resolve import check_values
from fundarb.config.yaml_file import Walk, plain_text, read_tree
from fundarb.errors import ConfigError, Problem
from fundarb.research.search.space import Space

KEYS = ("method", "trials", "seed", "fixed", "parameters", "constraints")
DEFAULT_SEED = 1
STARTER = "configs/grid.yaml"
_T = TypeVar("_T")


def find_grid(name: str) -> Path:
    """The file a name stands for: one without a slash is looked for here, then in configs/."""
    here = Path(name)
    there = Path("configs", name)
    return there if "/" not in name and not here.exists() and there.exists() else here


def read_grid(path: Path) -> Grid:
    """What the file asks for; ConfigError names all that is wrong in it, InputFileMissing says that there is none."""
    layer = Layer()
    node = read_tree(path, layer, "grid", STARTER)
    grid = _Reader(path, layer).grid(node) if not layer.problems else None
    if grid is None or layer.problems:
        raise ConfigError(sorted(layer.problems, key=_line))
    return grid


def _line(problem: Problem) -> int:
    line = problem.where.rpartition(":")[2]
    return int(line) if line.isdecimal() else 0


class _Reader:
    """Takes a grid file apart, noting problems as it goes."""

    def __init__(self, path: Path, layer: Layer) -> None:
        self._file, self._layer = str(path), layer
        self._walk = Walk(self._file, layer)

    def grid(self, node: Node | None) -> Grid | None:
        """The grid, or None where there is too little of it."""
        if not isinstance(node, MappingNode):
            wanted = "`parameters:` with paths and the values to try"
            self._note(node, "", f"is no grid; allowed: lines of `key: value`, {wanted} among them")
            return None
        own = {name: value for name, (_, value) in self._entries(node).items()}
        fixed = self._fixed(own.get("fixed"))
        space = self._space(own.get("parameters"), node, fixed)
        method = self._one(own.get("method"), "method", _method, METHODS[0])
        trials = self._one(own.get("trials"), "trials", whole_text(1, MOST_SETS), None)
        if method != "grid" and own.get("trials") is None:
            self._note(own.get("method"), "method", f"{method} needs to know how many; add trials: 1000, or so")
        if method == "grid":
            self._require_few(own.get("parameters"), space, MOST_SETS, ", or take method: random with trials: 10000")
        else:
            self._require_few(own.get("parameters"), space, MOST_NUMBERED, "")
        return Grid(
            method=method,
            trials=None if method == "grid" else trials,
            seed=self._one(own.get("seed"), "seed", whole_text(0, 2**32 - 1), DEFAULT_SEED),
            fixed=fixed,
            space=space,
            constraints=self._constraints(own.get("constraints")),
            where=self._file,
        )

    def _entries(self, node: MappingNode) -> dict[str, tuple[Node, Node]]:
        found = self._walk.entries(node)
        for name, (key, _) in found.items():
            if name not in KEYS:
                near = get_close_matches(name, KEYS, 1)
                hint = f"did you mean {near[0]}?" if near else f"allowed: {', '.join(KEYS)}"
                self._note(key, name[:40], f"no such key; {hint}")
        return found

    def _fixed(self, node: Node | None) -> dict[str, Raw]:
        """The fixed values, each checked alone."""
        if node is None or _is_empty(node):
            return {}
        if not isinstance(node, MappingNode):
            self._note(node, "fixed", "is no mapping; allowed: lines of `path: value`")
            return {}
        before = len(self._layer.problems)
        self._walk.mapping(node, "")
        if len(self._layer.problems) > before:
            return {}
        self._layer.problems += check_values(self._layer.entries)
        return {entry.path: entry.raw for entry in self._layer.entries}

    def _space(self, node: Node | None, top: Node, fixed: dict[str, Raw]) -> Space:
        if node is None or _is_empty(node):
            self._note(node or top, "parameters", "is empty: nothing is varied; name a path and the values to try")
            return Space(())
        if not isinstance(node, MappingNode):
            self._note(node, "parameters", "is no mapping; allowed: lines of `path: [values]`")
            return Space(())
        reader = AxisReader(self._file, self._layer, self._walk, fixed)
        reader.mapping(node, "")
        return Space(tuple(reader.axes))

    def _require_few(self, node: Node | None, space: Space, most: int, instead: str) -> None:
        if space.size > most:
            longest = max(space.axes, key=lambda axis: len(axis.values))
            self._note(
                node,
                "parameters",
                f"make {space.size:,} sets; allowed: at most {most:,}; thin out the axes (the longest, "
                f"{longest.path}, has {len(longest.values):,} values){instead}",
            )

    def _constraints(self, node: Node | None) -> tuple[Constraint, ...]:
        if node is None or _is_empty(node):
            return ()
        items = node.value if isinstance(node, SequenceNode) else [node]
        found = []
        for item in items:
            text = plain_text(item)
            try:
                found.append(read_constraint(text or ""))
            except ValueError as error:
                self._note(item, "constraints", str(error))
        return tuple(found)

    def _one(self, node: Node | None, name: str, parse: Callable[[str], _T], default: _T) -> _T:
        if node is None:
            return default
        text = plain_text(node)
        try:
            return parse("" if text is None else text.strip())
        except ValueError as error:
            self._note(node, name, str(error))
            return default

    def _note(self, node: Node | None, path: str, words: str) -> None:
        line = node.start_mark.line + 1 if node is not None else 1
        self._layer.problems.append(Problem(f"{self._file}:{line}", path, words))


def _method(text: str) -> Method:
    for method in METHODS:
        if method == text:
            return method
    near = "".join(f"; did you mean {like}?" for like in get_close_matches(text.lower(), METHODS, 1))
    raise ValueError(f"{text[:40]!r} is not one of the choices{near}; allowed: one of {', '.join(METHODS)}")


def _is_empty(node: Node) -> bool:
    """Nothing, or written as nothing."""
    if isinstance(node, ScalarNode):
        return node.value.strip() in ("", "~", "null")
    return not node.value
