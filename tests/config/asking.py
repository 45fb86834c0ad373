"""Short ways to resolve a configuration and to see what is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from fundarb.config import Resolved, resolve
from fundarb.errors import ConfigError

FILE = "c.yaml"
DATABASE = Path("data/x.db")


def resolved(
    text: str | bytes | None = None,
    *,
    env: Mapping[str, str] | None = None,
    sets: Sequence[str] = (),
    options: Mapping[str, str | None] | None = None,
    database: Path = DATABASE,
) -> Resolved:
    """What these sources make; `text` is written to c.yaml of the working directory and given as -c."""
    files = []
    if text is not None:
        Path(FILE).write_bytes(text if isinstance(text, bytes) else text.encode())
        files = [Path(FILE)]
    return resolve(files, env or {}, sets, options or {}, database)


def refused(text: str | bytes | None = None, **sources: object) -> list[str]:
    """The lines of the ConfigError these sources raise."""
    with pytest.raises(ConfigError) as caught:
        resolved(text, **sources)  # type: ignore[arg-type]  # sources by name, each of its own type
    assert caught.value.exit_code == 78
    assert caught.value.__cause__ is None, "no pydantic error may hang on to the raw input"
    lines = str(caught.value).splitlines()
    assert len(lines) == len(caught.value.problems)
    return lines


def value(found: Resolved, path: str) -> str:
    """The canonical text at a path."""
    return next(text for at, text, _ in found.rows() if at == path)


def origin(found: Resolved, path: str) -> str:
    """Where the value at a path came from."""
    return next(where for at, _, where in found.rows() if at == path)
