"""One YAML file as a layer: every scalar stays the text it was written as, every key keeps its line.

Nodes are composed and never constructed, so no tag can run anything; what PyYAML quotes is not repeated, since it may
be a secret."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from fundarb.config.layers import Layer, Raw
from fundarb.config.schema import Leaf, Unknown, find
from fundarb.config.secrecy import REFUSED, looks_secret
from fundarb.config.settings import SCHEMA
from fundarb.errors import InputFileMissing, Problem

LARGEST = 1 << 20
_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map")}
_QUOTED = re.compile(r"""'([^']*)'|"([^"]*)\"""")
_OF_YAML = re.compile(r".?|<[a-z ]+>", re.DOTALL)  # one character, or what PyYAML calls a token: nobody's secret


class TextLoader(yaml.SafeLoader):
    """Without implicit resolvers 0.10 stays `0.10` and no stays `no`."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 (the name and the shape are PyYAML's)


def yaml_layer(path: Path) -> Layer:
    """What the file says; raises InputFileMissing where it is not there or is no file."""
    layer = Layer()
    node = read_tree(path, layer, "configuration", "configs/default.yaml")
    if node is not None:
        _walk_top(node, str(path), layer)
    return layer


def read_tree(path: Path, layer: Layer, noun: str, starter: str) -> Node | None:
    """The tree of a YAML file, or None with the reason noted; `starter` is the one of its kind that `init` writes."""
    text = _decode(path, _read(path, noun, starter), layer, noun)
    return _compose(path, text, layer) if text is not None else None


def _read(path: Path, noun: str, starter: str) -> bytes:
    if path.is_dir():
        raise InputFileMissing(f"{path} is a directory; a {noun} file is wanted")
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except FileNotFoundError:
        raise InputFileMissing(f"no {noun} file {path}; `fundarb init` writes a {starter}") from None
    except OSError as error:
        raise InputFileMissing(f"{noun} file {path} cannot be read: {error.strerror}") from None


def _decode(path: Path, content: bytes, layer: Layer, noun: str) -> str | None:
    """The text, or None with the problem noted."""
    if len(content) > LARGEST:
        layer.problems.append(Problem(str(path), "", f"is larger than {LARGEST} bytes; a {noun} is not"))
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = f"not UTF-8: byte 0x{content[error.start]:02x} at offset {error.start}; save the file as UTF-8"
        layer.problems.append(Problem(f"{path}:{line}", "", problem))
        return None


def _compose(path: Path, text: str, layer: Layer) -> Node | None:
    """The tree of nodes, or None with the reason noted."""
    try:
        return yaml.compose(text, Loader=TextLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, reason = (mark.line + 1 if mark else 1), _reason(error)
    except yaml.reader.ReaderError as error:
        line, reason = (
            text.count("\n", 0, error.position) + 1,
            f"character U+{ord(text[error.position]):04X} is not allowed",
        )
    except RecursionError:
        line, reason = 1, "it is nested too deeply"
    layer.problems.append(Problem(f"{path}:{line}", "", f"not readable as YAML: {_without_quotes(reason)}"))
    return None


def _without_quotes(reason: str) -> str:
    """The reason without what it quotes from the file."""

    def shown(match: re.Match[str]) -> str:
        return match[0] if _OF_YAML.fullmatch(match[1] or match[2] or "") else "(something)"

    return _QUOTED.sub(shown, reason)


def _reason(error: yaml.MarkedYAMLError) -> str:
    """What PyYAML says, whole where its sentence begins in the context."""
    problem = error.problem or "it cannot be read"
    return f"{error.context}, {problem}" if error.context and problem.startswith("but ") else problem


def _walk_top(node: Node, file: str, layer: Layer) -> None:
    if isinstance(node, MappingNode):
        Walk(file, layer).mapping(node, "")
    elif not (isinstance(node, ScalarNode) and node.value in ("", "~", "null")):
        problem = "the top level is not a mapping; allowed: lines of `key: value`, such as `capital: 10000`"
        layer.problems.append(Problem(f"{file}:{node.start_mark.line + 1}", "", problem))


class Walk:
    """Goes down the nodes along the schema; what the schema does not know is named and not entered."""

    def __init__(self, file: str, layer: Layer) -> None:
        self._file, self._layer = file, layer

    def mapping(self, node: MappingNode, prefix: str) -> None:
        """Take every key of a mapping, those it merges in (`<<`) first."""
        entries = self.entries(node, prefix)
        for path, (key, value) in entries.items():
            self._value(path, f"{self._file}:{key.start_mark.line + 1}", value)

    def entries(
        self, node: MappingNode, prefix: str = "", within: frozenset[int] = frozenset()
    ) -> dict[str, tuple[Node, Node]]:
        """Path to (key, value); own keys win over merged ones, a key given twice is a problem."""
        own: dict[str, tuple[Node, Node]] = {}
        merged: dict[str, tuple[Node, Node]] = {}
        for key, value in node.value:
            name = plain_text(key)
            if name == "<<" and key.style is None:
                merged = self._merged(value, prefix, within | {id(node)}) | merged
            elif name is None:
                self._problem(key, prefix, "a key must be plain text")
            elif prefix + name in own:
                first = own[prefix + name][0].start_mark.line + 1
                self._problem(key, prefix + name, f"is given twice, first at line {first}; keep one of them")
            else:
                own[prefix + name] = (key, value)
        return merged | own

    def _merged(self, node: Node, prefix: str, within: frozenset[int]) -> dict[str, tuple[Node, Node]]:
        """What `<<: *anchor` or `<<: [*a, *b]` brings in; the first named wins."""
        found: dict[str, tuple[Node, Node]] = {}
        for source in node.value if isinstance(node, SequenceNode) else [node]:
            if not isinstance(source, MappingNode) or id(source) in within:
                self._problem(source, prefix.rstrip("."), "`<<` wants a mapping that is not its own parent")
            else:
                found = self.entries(source, prefix, within) | found
        return found

    def _value(self, path: str, where: str, node: Node) -> None:
        """A scalar or a list goes to the layer, a mapping is entered where a section stands."""
        target = find(SCHEMA, path)
        if isinstance(target, Unknown):
            secret = looks_secret(path) or _holds_secret(node)
            self._note(where, path, REFUSED if secret else f"no such key; {target.hint}")
        elif node.tag not in _TAGS:
            self._note(where, path, "a tag (!…) has no meaning here; write the plain value")
        elif isinstance(node, ScalarNode):
            self._take(path, node.value, where)
        elif isinstance(node, SequenceNode):
            self._list(path, where, node)
        elif isinstance(target, Leaf):
            self._note(where, path, f"a mapping is no value; allowed: {target.allowed}")
        elif isinstance(node, MappingNode):
            self.mapping(node, f"{path}.")

    def _list(self, path: str, where: str, node: SequenceNode) -> None:
        texts = [plain_text(item) for item in node.value]
        if None in texts:
            self._note(where, path, "an item of the list is not plain text")
        else:
            self._take(path, tuple(text for text in texts if text is not None), where)

    def _take(self, path: str, raw: Raw, where: str) -> None:
        """Hand a value to the layer, unless another spelling of its path (`a.b: 1` and `a: {b: 1}`) did already."""
        first = next((entry.where for entry in self._layer.entries if entry.path == path), None)
        if first:
            self._note(where, path, f"is given twice, first at {first}; keep one of them")
        else:
            self._layer.add(path, raw, where)

    def _problem(self, node: Node, path: str, problem: str) -> None:
        self._note(f"{self._file}:{node.start_mark.line + 1}", path, problem)

    def _note(self, where: str, path: str, problem: str) -> None:
        self._layer.problems.append(Problem(where, path, problem))


def plain_text(node: Node) -> str | None:
    """The text of a plain scalar, None of anything else."""
    return str(node.value) if isinstance(node, ScalarNode) and node.tag in _TAGS else None


def _holds_secret(node: Node) -> bool:
    """Whether a key anywhere beneath looks like a secret's; each node is looked at once, whatever refers to it."""
    seen, waiting = set[int](), [node]
    while waiting:
        here = waiting.pop()
        if id(here) in seen:
            continue
        seen.add(id(here))
        if isinstance(here, SequenceNode):
            waiting += here.value
        elif isinstance(here, MappingNode):
            if any(looks_secret(plain_text(key) or "") for key, _ in here.value):
                return True
            waiting += [value for _, value in here.value]
    return False
