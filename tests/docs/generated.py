"""What pages hold that the program can say itself, between its marks: the parameters, the floors."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

from fundarb.config.schema import leaves
from fundarb.config.settings import SCHEMA
from tests.docs.pages import PAGES, ROOT

_PART = re.compile(r"(<!-- generated: (\w+) -->\n)(.*?)(<!-- end of generated -->)", re.DOTALL)


def parameter_rows() -> Iterator[str]:
    """Every parameter with its default and what may be written."""
    yield "| parameter | default | allowed | meaning |"
    yield "|---|---|---|---|"
    for leaf in leaves(SCHEMA):
        text = leaf.text(leaf.default)
        default = "null" if text is None else text
        yield f"| `{leaf.path}` | `{default}` | {leaf.allowed} | {leaf.meaning} |"


def floor_rows() -> Iterator[str]:
    """The floors from the top down as the linter knows them, each in the words of its own docstring."""
    yield "| floor | package | holds |"
    yield "|---|---|---|"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    (floors,) = (one for one in project["tool"]["importlinter"]["contracts"] if one["type"] == "layers")
    for number, layer in zip(range(len(floors["layers"]), 0, -1), floors["layers"], strict=True):
        for name in layer.split("|"):
            yield f"| {number} | `{name.strip()}` | {_holds(name.strip())} |"


def _holds(floor: str) -> str:
    """The first sentence of what a floor says of itself."""
    package, module = ROOT / f"fundarb/{floor}/__init__.py", ROOT / f"fundarb/{floor}.py"
    source = (package if package.exists() else module).read_text("utf-8")
    first = source.removeprefix('"""').partition('"""')[0].partition("\n\n")[0]
    return " ".join(first.split()).rstrip(".")


PARTS: dict[str, Callable[[], Iterator[str]]] = {"parameters": parameter_rows, "floors": floor_rows}


def renewed(text: str) -> str:
    """A page with its generated parts as they should be."""
    return _PART.sub(lambda part: f"{part[1]}{chr(10).join(PARTS[part[2]]())}\n{part[4]}", text)


def stale() -> dict[Path, str]:
    """The pages whose generated parts are not what the program says, as they should be."""
    texts = {page: page.read_text("utf-8") for page in PAGES}
    return {page: new for page, text in texts.items() if (new := renewed(text)) != text}
