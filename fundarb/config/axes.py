"""The varied parameters of a grid file: each a list of values, or a range."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from fundarb.config.layers import Entry, Layer, Raw
from fundarb.config.ranges import range_values
from fundarb.config.resolve import check_values
from fundarb.config.schema import Leaf, Section, Unknown, find
from fundarb.config.secrecy import REFUSED, looks_secret
from fundarb.config.settings import SCHEMA, WITHOUT_EFFECT_ON_RESULTS
from fundarb.config.yaml_file import Walk, plain_text
from fundarb.errors import Problem
from fundarb.parameters import read_number, read_whole
from fundarb.research.search.space import Axis

SAME_IN_ALL = ("universe", "backtest.spot_source", "backtest.delay")


class AxisReader:
    """Goes down `parameters` along the schema and collects an axis a path."""

    def __init__(self, file: str, layer: Layer, walk: Walk, fixed: Mapping[str, Raw]) -> None:
        self._file, self._layer, self._walk, self._fixed = file, layer, walk, fixed
        self.axes: list[Axis] = []

    def mapping(self, node: MappingNode, prefix: str) -> None:
        """Take every path of a mapping."""
        for path, (key, value) in self._walk.entries(node, prefix).items():
            target = find(SCHEMA, path)
            problem = self._refusal(path, target)
            if problem:
                self._note(key, path, problem)
            elif isinstance(target, Leaf):
                self._axis(target, value, key)
            elif isinstance(value, MappingNode) and value.value:
                self.mapping(value, f"{path}.")
            else:
                self._note(key, path, "is a section; name one of its values")

    def _refusal(self, path: str, target: Leaf | Section | Unknown) -> str | None:
        """Why nothing can be varied there."""
        if isinstance(target, Unknown):
            return REFUSED if looks_secret(path) else f"no such key; {target.hint}"
        top = path.partition(".")[0]
        if top in WITHOUT_EFFECT_ON_RESULTS:
            return f"nothing under {top} changes a result, so there is nothing to search"
        if path in SAME_IN_ALL or top in SAME_IN_ALL:
            return "says which data is read, and of when, which is the same in all trials; put it under `fixed`"
        if path in self._fixed:
            return "is fixed above; keep one of them"
        if any(axis.path == path for axis in self.axes):
            return "is given twice; keep one of them"
        return None

    def _axis(self, leaf: Leaf, node: Node, key: Node) -> None:
        written = self._written(leaf, node)
        if written is None:
            return
        entries = [Entry(leaf.path, raw, self._where(at)) for raw, at in written]
        problems = [problem for entry in entries for problem in check_values([entry])]
        self._layer.problems += problems
        if problems:
            return
        values = [leaf.text(leaf.reading.read(raw)) for raw, _ in written]
        twice = (
            next((value for value in values if values.count(value) > 1), "") if len(set(values)) < len(values) else ""
        )
        if len(set(values)) < len(values):
            self._note(key, leaf.path, f"takes {'null' if twice is None else twice} twice; write each value once")
        self.axes.append(Axis(leaf.path, tuple(values)))

    def _written(self, leaf: Leaf, node: Node) -> list[tuple[Raw, Node]] | None:
        """The values as they were written, each with its place in the file."""
        if isinstance(node, MappingNode):
            return self._range(leaf, node)
        if isinstance(node, ScalarNode):
            self._note(
                node,
                leaf.path,
                f"a single value is nothing to vary; write [{node.value[:40]}, …] or put it under `fixed`",
            )
            return None
        found = [(_raw(item), item) for item in node.value]
        if not found:
            self._note(node, leaf.path, "names no value; list some, or remove the line")
            return None
        for raw, item in found:
            if raw is _NO_VALUE:
                self._note(item, leaf.path, f"an item of the list is no value; allowed: {leaf.allowed}")
                return None
        return [(raw, item) for raw, item in found if isinstance(raw, str | tuple)]

    def _range(self, leaf: Leaf, node: MappingNode) -> list[tuple[Raw, Node]] | None:
        if leaf.reading.parse not in (read_number, read_whole):
            self._note(node, leaf.path, f"is no number, so it has no range; list values: {leaf.allowed}")
            return None
        given = {name: plain_text(value) or "" for name, (_, value) in self._walk.entries(node).items()}
        try:
            values = range_values(given, whole=leaf.reading.parse is read_whole)
        except ValueError as error:
            self._note(node, leaf.path, f"the range {error}" if not str(error).startswith("min ") else str(error))
            return None
        return [(value, node) for value in values]

    def _where(self, node: Node) -> str:
        return f"{self._file}:{node.start_mark.line + 1}"

    def _note(self, node: Node, path: str, words: str) -> None:
        self._layer.problems.append(Problem(self._where(node), path, words))


_NO_VALUE = object()


def _raw(node: Node) -> object:
    """A value of a list: text, or a tuple of texts for a parameter that is a list itself."""
    text = plain_text(node)
    if text is not None:
        return text
    if isinstance(node, SequenceNode):
        texts = tuple(plain_text(item) for item in node.value)
        return _NO_VALUE if None in texts else texts
    return _NO_VALUE


def whole_text(least: int, most: int) -> Callable[[str], int]:
    """A parser of whole numbers within bounds."""

    def parse(text: str) -> int:
        try:
            number = read_whole(text)
        except ValueError as error:
            raise ValueError(f"{text[:40]!r} {error}; allowed: {least:,} to {most:,}") from None
        if not least <= number <= most:
            raise ValueError(f"{number} is out of bounds; allowed: {least:,} to {most:,}")
        return number

    return parse
