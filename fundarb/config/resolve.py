"""Resolution: defaults < files < `<db>.runtime.yaml` < environment < --set < options, with the origin of every value."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from fundarb.config.cautions import cautions
from fundarb.config.layers import Entry, Layer, Raw, environment_layer, merge, option_layer, set_layer
from fundarb.config.pairs import canonical_pairs
from fundarb.config.problems import DEFAULT, crossed_only, problems_of
from fundarb.config.schema import values
from fundarb.config.secrecy import HIDDEN, mask
from fundarb.config.settings import SCHEMA, Settings
from fundarb.domain.instrument import Pair
from fundarb.errors import ConfigError, InputFileMissing, Problem

_PATH = re.compile(r"(?!.*//)[\w./:<-]{0,120}")
DEFAULT_FILE = Path("configs/default.yaml")


@dataclass(frozen=True, slots=True)
class Resolved:
    """The settings, where each written value came from, and what deserves a word on stderr."""

    settings: Settings
    origins: Mapping[str, str]
    warnings: tuple[str, ...]

    def rows(self) -> list[tuple[str, str, str]]:
        """(path, canonical value, origin) of every parameter; secrets as ***."""
        rows = []
        for leaf, value in values(SCHEMA, self.settings):
            text = HIDDEN if leaf.secret and value else leaf.text(value)
            rows.append((leaf.path, "null" if text is None else text, self.origins.get(leaf.path, DEFAULT)))
        return rows

    def canonical(self, pairs: Sequence[Pair]) -> Settings:
        """The settings with the perp symbols of these pairs for names (see `canonical_pairs`)."""
        return canonical_pairs(self.settings, pairs, self.origins)


def resolve(
    files: Sequence[Path],
    environ: Mapping[str, str],
    sets: Sequence[str],
    options: Mapping[str, str | None],
    database: Path,
    runtime: Path | None = None,
) -> Resolved:
    """The configuration these sources make; ConfigError names all that is wrong in them, one line each. `runtime` stands
    in for the file of that kind that lies beside the database."""
    paths = list(files) or [DEFAULT_FILE] * DEFAULT_FILE.exists()
    runtime = runtime_file(database) if runtime is None else runtime
    layers = _read([*paths, *[runtime] * os.path.exists(runtime)])  # exists() of Path raises where it may not look
    layers += [environment_layer(environ), set_layer(sets), option_layer(options)]
    written = merge(layers)
    problems = [problem for layer in layers for problem in layer.problems]
    settings, refused = _validated(written)
    problems += [] if settings is None and problems and refused.combination else refused.problems
    if settings is None or problems:
        raise ConfigError([_masked(problem, environ) for problem in problems])
    origins = {path: entry.where for path, entry in written.items()}
    warnings = (str(Problem(origins.get(path, DEFAULT), path, words)) for path, words in cautions(settings))
    return Resolved(settings, origins, tuple(warnings))


def runtime_file(database: Path) -> Path:
    """Where the dashboard keeps what was changed while running."""
    return database.parent / f"{database.name}.runtime.yaml"  # not with_name, which refuses "." and "/"


def override(settings: Settings, changes: Mapping[str, Raw], where: str) -> Settings:
    """`settings` with other values at these paths, read and checked as if a file said so; `where` names the source."""
    layer = Layer()
    for path, raw in changes.items():
        layer.add(path, raw, where)
    written = {leaf.path: Entry(leaf.path, leaf.raw(value), DEFAULT) for leaf, value in values(SCHEMA, settings)}
    changed, refused = _validated(written | merge([layer]))
    problems = layer.problems + refused.problems
    if changed is None or problems:
        raise ConfigError(problems)
    return changed


def check_values(entries: Sequence[Entry]) -> list[Problem]:
    """What is wrong with values on top of the packaged defaults, each taken by itself; how they go together is not asked."""
    _, refused = _validated({entry.path: entry for entry in entries})
    return [] if refused.combination else refused.problems


@dataclass(frozen=True, slots=True)
class _Refused:
    """What is wrong with merged values; `combination` where each by itself is fine."""

    problems: list[Problem]
    combination: bool = False


def _read(paths: Iterable[Path]) -> list[Layer]:
    """One layer a file; every file that is missing is named at once."""
    layers, missing = [], []
    for path in paths:
        from fundarb.config.yaml_file import yaml_layer  # PyYAML is paid for only where there is a file

        try:
            layers.append(yaml_layer(path))
        except InputFileMissing as error:
            missing.append(str(error))
    if missing:
        raise InputFileMissing("\n".join(missing))
    return layers


def _validated(written: Mapping[str, Entry]) -> tuple[Settings | None, _Refused]:
    """The settings these entries make on top of the packaged defaults, or what is wrong with them."""
    tree: dict[str, Any] = {}
    for path, entry in written.items():
        *parents, name = path.split(".")
        here = tree
        for parent in parents:
            here = here.setdefault(parent, {})
        here[name] = entry.raw
    try:
        return Settings.model_validate(tree), _Refused([])
    except ValidationError as error:
        return None, _Refused(problems_of(error, written), crossed_only(error))


def _masked(problem: Problem, environ: Mapping[str, str]) -> Problem:
    """Without keys, and without a path that cannot be one: an address with its token may have got there."""
    path = problem.path if _PATH.fullmatch(problem.path) else "(something)"
    return Problem(mask(problem.where, environ), mask(path, environ), mask(problem.problem, environ))
