"""A stored sweep read back, so that it is shown again as it was: its results, its walk-forward, its verdict."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from fundarb.domain.folds import Drift, Fold, FoldResult, OutOfSample, WalkForward
from fundarb.domain.instants import parse_instant
from fundarb.domain.market import Span
from fundarb.domain.trial import Trial
from fundarb.reporting.sweep_pictures import PICTURES, SweepPictures, read_pictures
from fundarb.reporting.sweep_table import RankedTrial


@dataclass(frozen=True, slots=True)
class StoredSweep:
    """The answer of a sweep; `document` is all of it as it was printed, `pictures` what was kept beside it to be drawn."""

    document: Mapping[str, Any]
    results: tuple[RankedTrial, ...]
    walk: WalkForward | None
    pictures: SweepPictures | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        """What was varied."""
        return tuple(self.results[0].trial.params)

    @property
    def metric(self) -> str:
        """What it was ranked by."""
        return str(self.document["metric"])

    @property
    def to_ms(self) -> int:
        """Where its range ends."""
        return parse_instant(self.document["to"])

    @property
    def words(self) -> str:
        """The verdict."""
        return str(self.document["verdict"]["words"])


def read_sweep(text: str) -> StoredSweep:
    """From the JSON that was stored."""
    document = json.loads(text)
    walk, kept = document["walk_forward"], document.pop(PICTURES, None)
    return StoredSweep(
        document=document,
        results=tuple(map(_result, document["results"])),
        walk=None if walk is None else _walk(walk),
        pictures=None if kept is None else read_pictures(kept),
    )


def _result(one: Mapping[str, Any]) -> RankedTrial:
    trial = Trial(one["rank"], one["params"], None, one["metrics"], float(one["net"]), one["counts"])
    return RankedTrial(one["rank"], trial, one["neighbourhood"], one["confirmed"])


def _walk(found: Mapping[str, Any]) -> WalkForward:
    later = {field.name: found["out_of_sample"][field.name] for field in fields(OutOfSample)}
    later |= {name: Decimal(later[name]) for name in ("net", "equity")}
    drift = (Drift(one["path"], tuple(one["steps"]), one["median"], one["stable"]) for one in found["drift"])
    return WalkForward(
        found["metric"], found["anchored"], tuple(map(_fold, found["folds"])), tuple(drift), OutOfSample(**later)
    )


def _fold(one: Mapping[str, Any]) -> FoldResult:
    train, test = (Span(parse_instant(one[f"{name}_from"]), parse_instant(one[f"{name}_to"])) for name in _STRETCHES)
    return FoldResult(
        Fold(one["fold"], train, test),
        one["params"],
        None,
        one["in_sample"],
        one["neighbourhood"],
        one["out_of_sample"],
        one["trades"],
        None,
        Decimal(one["capital"]),
        Decimal(one["equity"]),
        (),
    )


_STRETCHES = ("train", "test")
