"""Backtests with their expected results, written by another implementation of semantics.md; made-up figures all of them.

A folder a case: the import layout, `case.json` (range, modes, parameters, purpose), `expected.json`; large files as .gz."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from fundarb.domain.instants import iso, parse_instant
from fundarb.domain.ledger import LedgerLine
from fundarb.domain.money import canonical
from fundarb.domain.result import RunResult
from fundarb.reporting.run_document import run_document
from tests.engine.worlds import World, read_world

FOLDER = Path(__file__).parent / "backtests"
NAMES = sorted(path.name for path in FOLDER.iterdir())
LINE = ("cash", "leg", "qty", "price", "fee", "fee_ccy", "rate", "stale_mark")
METRIC = 1e-9
EXACT_TEXT = ("pair", "opened_at", "closed_at", "open_reason", "close_reason", "t", "kind", "leg", "fee_ccy")
Json = Any


class BacktestCase(NamedTuple):
    """A world, what to run on it, and what must come out."""

    world: World
    no_spot: dict[str, str]
    span: tuple[int, int]
    modes: list[str]
    sets: dict[str, str]
    expected: list[Json]


@cache
def load(name: str) -> BacktestCase:
    """A case by its name."""
    world, no_spot = read_world(FOLDER / name)
    case = read_json(FOLDER / name, "case")
    span = parse_instant(case["from"]), parse_instant(case["to"])
    return BacktestCase(
        world, no_spot, span, case["modes"], as_sets(case["set"]), read_json(FOLDER / name, "expected")["runs"]
    )


def read_json(folder: Path, name: str) -> Json:
    """`name.json` of a folder, or its .gz."""
    plain = folder / f"{name}.json"
    return json.loads(
        plain.read_bytes() if plain.exists() else gzip.decompress((folder / f"{name}.json.gz").read_bytes())
    )


def as_sets(given: Mapping[str, Json]) -> dict[str, str]:
    """Parameters by path as `--set` takes them."""
    return {path: _text(value) for path, value in given.items()}


def _text(value: Json) -> str:
    return "null" if value is None else json.dumps(value) if isinstance(value, bool) else str(value)


def run_json(run: RunResult) -> Json:
    """All a run says, its ledger included."""
    return {**run_document(run, trades=True, equity=True), "ledger": [line_json(line) for line in run.ledger]}


def line_json(line: LedgerLine) -> Json:
    """A ledger line, money as text."""
    found = {"t": iso(line.at_ms), "kind": str(line.kind), "pair": line.pair}
    values = {name: getattr(line, name) for name in LINE}
    return found | {name: canonical(value) if isinstance(value, Decimal) else value for name, value in values.items()}


def differences(expected: Json, got: Json) -> list[str]:
    """Every value of a run that is not what it should be."""
    return list(_tree("", expected, got))


def _tree(path: str, want: Json, got: Json) -> Iterator[str]:
    if path == "/trades":
        want, got = _in_order(want), _in_order(got)
    if isinstance(want, dict) and isinstance(got, dict):
        names = set(want) | set(got) if path.endswith("refused") else [name for name in want if name != "side"]
        for name in sorted(names):
            yield from _tree(f"{path}/{name}", want.get(name), got.get(name))
    elif isinstance(want, list) and isinstance(got, list):
        for index, (one, other) in enumerate(zip_longest(want, got)):
            yield from _tree(f"{path}/{index}", one, other)
    elif not _same(path, want, got):
        yield f"{path}: {want} expected, got {got}"


def _in_order(trades: Sequence[Json]) -> list[Json]:
    return sorted(trades, key=lambda trade: (trade["opened_at"], trade["pair"]))


def _same(path: str, want: Json, got: Json) -> bool:
    if path.startswith("/metrics/") and isinstance(want, float) and isinstance(got, float):
        return math.isclose(want, got, rel_tol=METRIC, abs_tol=METRIC)
    if isinstance(want, str) and isinstance(got, str) and path.rpartition("/")[2] not in EXACT_TEXT:
        return want == got or (_is_number(want) and _is_number(got) and Decimal(want) == Decimal(got))
    return bool(want == got)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).lstrip("-").isdigit()
