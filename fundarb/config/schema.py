"""The parameter classes as a tree of paths: what may be written where, read off the classes themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from fundarb.parameters import CHOICE, Null, Reading

_BOUNDS = {Gt: ("above", "gt"), Ge: ("at least", "ge"), Lt: ("below", "lt"), Le: ("at most", "le")}


@dataclass(frozen=True, slots=True)
class Leaf:
    """One parameter: where it stands, how it is read, what may be written."""

    path: str
    reading: Reading
    default: Any
    meaning: str
    allowed: str
    choices: tuple[str, ...] = ()
    secret: bool = False

    def text(self, value: Any) -> str | None:
        """The value as canonical text, None for null."""
        return self.reading.write(value)

    def raw(self, value: Any) -> str | tuple[str, ...] | None:
        """The value as a layer would have written it: text, a tuple of texts, or None for null."""
        return tuple(map(self.reading.write_one, value)) if isinstance(value, tuple) else self.reading.write(value)


@dataclass(frozen=True, slots=True)
class Section:
    """A mapping: named children, or (`each`) one child section for any pair."""

    path: str
    meaning: str
    children: Mapping[str, Leaf | Section] = field(default_factory=dict)
    each: type[BaseModel] | None = None

    def of_pair(self, name: str) -> Section:
        """The section of one pair inside `each`."""
        assert self.each is not None
        return section_of(self.each, f"{self.path}.{name}")


@dataclass(frozen=True, slots=True)
class Unknown:
    """No such path; `hint` says what may have been meant."""

    path: str
    hint: str


def section_of(model: type[BaseModel], path: str = "", meaning: str = "") -> Section:
    """The tree of a parameter class."""
    prefix = f"{path}." if path else ""
    children = {name: _child(prefix + name, info) for name, info in model.model_fields.items()}
    return Section(path, meaning or (model.__doc__ or "").strip(), children)


def leaves(section: Section) -> Iterator[Leaf]:
    """Every parameter beneath, in the order of the classes; none for single pairs."""
    for child in section.children.values():
        if isinstance(child, Leaf):
            yield child
        else:
            yield from leaves(child)


def values(section: Section, model: BaseModel) -> Iterator[tuple[Leaf, Any]]:
    """Every parameter with its value in `model`, those of single pairs included where they are given."""
    for name, child in section.children.items():
        value = getattr(model, name)
        if isinstance(child, Leaf):
            yield child, value
        elif child.each is None:
            yield from values(child, value)
        else:
            for pair in value:
                given = values(child.of_pair(pair), value[pair])
                yield from ((leaf, own) for leaf, own in given if own is not None)


def find(root: Section, path: str) -> Leaf | Section | Unknown:
    """What stands at a dotted path."""
    here: Leaf | Section = root
    for name in path.split(".") if path else ():
        if isinstance(here, Leaf):
            return Unknown(path, f"{here.path} is a value, it has no keys")
        if here.each is not None:
            here = here.of_pair(name)
        elif name in here.children:
            here = here.children[name]
        else:
            return Unknown(path, _suggestion(root, here, path, name))
    return here


def names(section: Section) -> str:
    """The keys of a section, for a message."""
    return ", ".join(section.children) if section.each is None else "names of pairs"


def _child(path: str, info: FieldInfo) -> Leaf | Section:
    annotation, meaning = info.annotation, info.description or ""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return section_of(annotation, path, meaning)
    if get_origin(annotation) is Mapping:
        return Section(path, meaning, each=get_args(annotation)[1])
    return _leaf(path, info)


def _leaf(path: str, info: FieldInfo) -> Leaf:
    reading = next((item for item in info.metadata if isinstance(item, Reading)), None)
    assert reading is not None, f"{path} has no Reading"
    choices = tuple(map(str, get_args(info.annotation))) if reading is CHOICE else ()
    if choices:
        reading = replace(reading, noun=f"one of {', '.join(choices)}")
    secret = SecretStr in (info.annotation, *get_args(info.annotation))
    return Leaf(path, reading, info.default, info.description or "", _allowed(reading, info), choices, secret)


def _allowed(reading: Reading, info: FieldInfo) -> str:
    """What may be written, in words: `a number from 0 to 0.1; 0 or null: off`."""
    found = {
        kind: f"{words} {reading.write_one(getattr(item, name))}"
        for kind, (words, name) in _BOUNDS.items()
        for item in info.metadata
        if isinstance(item, kind)
    }
    if Ge in found and Le in found:
        found = {Ge: found[Ge].replace("at least", "from"), Le: found[Le].replace("at most", "to")}
        text = f"{reading.noun} {found[Ge]} {found[Le]}"
    else:
        text = " ".join([reading.noun, " and ".join(found.values())]).strip()
    return text + {Null.MEANS: ", or null", Null.OFF: "; 0 or null: off"}.get(reading.null, "")


def _suggestion(root: Section, here: Section, path: str, name: str) -> str:
    """Paths that end like this one, a near key of the same section, a near path, or the choices."""
    known = [leaf.path for leaf in leaves(root)]
    prefix = f"{here.path}." if here.path else ""
    last = path.rpartition(".")[2]
    near = (
        [other for other in known if other.endswith(f".{path}")]
        or get_close_matches(path, known, 1, 0.9)
        or [prefix + key for key in get_close_matches(name, here.children, 1, 0.7)]
        or [other for other in known if other.endswith(f".{last}")]
        or get_close_matches(path, known, 1, 0.75)
    )
    if near:
        return f"did you mean {' or '.join(near[:3])}?"
    return f"allowed at {here.path or 'the top'}: {names(here)}"
