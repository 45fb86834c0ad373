"""What the dashboard changes while one trades: values in `<db>.runtime.yaml`, checked together with all others.

What is fixed above the file cannot be changed in it, and what cannot change while trading neither: both are refused."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from fundarb.config.changes import Change, cannot_change, changes
from fundarb.config.layers import Raw
from fundarb.config.resolve import Resolved, runtime_file
from fundarb.config.schema import Leaf, find
from fundarb.config.settings import SCHEMA
from fundarb.errors import ConfigError, Problem, StorageError, UsageError

_ABOVE = ("environment ", "--")
_HEAD = "# Written by `fundarb dashboard`; above configuration files, below the environment and the command line.\n"
Edited = Callable[[Path], Resolved]


def locked_by(resolved: Resolved, path: str) -> str | None:
    """What fixes this value above the file; None where the file has the last word."""
    origin = resolved.origins.get(path, "")
    return origin if origin.startswith(_ABOVE) else None


def change_runtime(
    database: Path, before: Resolved, wanted: Mapping[str, str | None], edited: Edited
) -> dict[str, Change]:
    """Write these values (None: as if it had never been changed here) whole or not at all; what is other by it.

    `edited` resolves the configuration with another file in the place of this one. UsageError and ConfigError say why
    nothing was changed."""
    for path in wanted:
        _require_open(before, path)
    target = runtime_file(database)
    values = {
        path: raw for path, raw in {**_written(target), **wanted}.items() if path not in wanted or raw is not None
    }
    candidate = target.with_name(f".{target.name}.partial-{os.getpid()}")
    try:
        _write(candidate, values)
        after = _checked(candidate, edited)
        changed = changes(before.settings, after.settings)
        if fixed := cannot_change(changed):
            raise UsageError(
                f"{', '.join(fixed)} cannot change while trading: stop, then change the file it comes from"
            )
        candidate.replace(target)
    except OSError as error:
        raise StorageError(f"{target}: cannot be written: {error.strerror}; check space and permissions") from None
    finally:
        with suppress(OSError):
            candidate.unlink()
    return changed


def _require_open(before: Resolved, path: str) -> None:
    """A parameter, no secret, changeable, and with nothing above that fixes it."""
    leaf = find(SCHEMA, path)
    if not isinstance(leaf, Leaf):
        raise UsageError(f"{path[:80]}: no such parameter; the page of settings shows those there are")
    if leaf.secret:
        raise UsageError(
            f"{path} is kept out of the dashboard: it counts as a secret; write it into a file of your own"
        )
    if cannot_change([path]):
        raise UsageError(f"{path} cannot change while trading: stop, then change the file it comes from")
    if above := locked_by(before, path):
        raise UsageError(f"{path} is fixed by {above}, which stands above this page; change it there")


def _written(target: Path) -> dict[str, Raw]:
    """What the file says now."""
    if not target.exists():
        return {}
    from fundarb.config.yaml_file import yaml_layer

    layer = yaml_layer(target)
    if layer.problems:
        raise ConfigError(layer.problems)
    return {entry.path: entry.raw for entry in layer.entries}


def _write(file: Path, values: Mapping[str, Raw]) -> None:
    """A line a value; JSON is YAML."""
    lines = (f"{path}: {json.dumps(raw, ensure_ascii=False)}\n" for path, raw in sorted(values.items()))
    file.unlink(missing_ok=True)  # never into a file that somebody else may have put there
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as text:
        text.write(_HEAD + "".join(lines))
        text.flush()
        os.fsync(text.fileno())


def _checked(candidate: Path, edited: Edited) -> Resolved:
    """The configuration with it; its problems as those of this page."""
    try:
        return edited(candidate)
    except ConfigError as error:
        here = str(candidate)
        told = [
            Problem("not changed", one.path, one.problem) if one.where.startswith(here) else one
            for one in error.problems
        ]
        raise ConfigError(told) from None if told else error
