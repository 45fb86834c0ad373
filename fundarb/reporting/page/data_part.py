"""The sections on what all of it rests on: caveats, the data that is stored of the universe, the configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fundarb.domain.instants import iso
from fundarb.domain.market import StreamSummary
from fundarb.domain.when import write_duration
from fundarb.reporting.page.caveats import caveats
from fundarb.reporting.page.figure import folded, section
from fundarb.reporting.page.markup import Html, tag
from fundarb.reporting.page.material import Material
from fundarb.reporting.page.part import Part
from fundarb.reporting.page.tables import table
from fundarb.reporting.stream_row import STREAM_COLUMNS, stream_row

KIND_COLUMNS = ("kind", "interval", "pairs", "from", "to", "rows", "gaps", "pairs_with_gaps")


def caveats_part(material: Material, names: Mapping[str, str]) -> Part:
    """What not to believe; that there is nothing to doubt is said too."""
    found = caveats(material, names)
    content = tag("ul", [tag("li", one) for one in found], class_="caveats")
    if not found:
        content = tag("p", "Nothing was flagged.")
    return Part("caveats", "Caveats", section("caveats", "What to doubt", content))


def data_part(material: Material) -> Part:
    """What is stored now of the pairs that could be traded, by kind, then every stream with gaps."""
    streams = material.streams
    holed = [stream for stream in streams if stream.gaps]
    content: list[Html] = [
        tag(
            "p",
            "What the store holds now of the pairs that these runs could trade. A gap is a row that should lie between two "
            "stored ones.",
        ),
        table(KIND_COLUMNS, _kinds(streams), "Stored data by kind"),
    ]
    if holed:
        rows = list(map(stream_row, holed))
        content.append(folded(f"The {len(holed)} series with gaps", table(STREAM_COLUMNS, rows, "Series with gaps")))
    excluded = _excluded(material)
    if excluded:
        content.append(
            folded(f"The {len(excluded)} pairs left out", table(("pair", "reason"), excluded, "Pairs left out"))
        )
    return Part("data", "Data", section("data", "Data", *content))


def config_part(material: Material, names: Mapping[str, str]) -> Part:
    """Every parameter; a column a run where they differ."""
    configs = {names[run.run_id]: config for run, config in zip(material.runs, material.config, strict=True)}
    unlike = {path for path in _paths(configs.values()) if len({config.get(path) for config in configs.values()}) > 1}
    rows: list[dict[str, Any]] = [
        {"parameter": path, "value": _value(next(iter(configs.values())), path)}
        for path in _paths(configs.values())
        if path not in unlike
    ]
    content: list[Html] = []
    if unlike:
        differing = [
            {"parameter": path, **{name: _value(config, path) for name, config in configs.items()}}
            for path in sorted(unlike)
        ]
        titles = {name: name for name in configs}
        content.append(table(("parameter", *configs), differing, "Parameters in which the runs differ", titles=titles))
    content.append(
        folded(
            f"{len(rows)} parameters, the same for all runs" if unlike else f"All {len(rows)} parameters",
            table(("parameter", "value"), rows, "Parameters"),
        )
    )
    return Part("config", "Configuration", section("config", "Configuration", *content))


def _kinds(streams: Sequence[StreamSummary]) -> list[dict[str, Any]]:
    """A row a kind and interval."""
    groups: dict[tuple[str, int], list[StreamSummary]] = {}
    for stream in streams:
        groups.setdefault((str(stream.kind), stream.span_ms), []).append(stream)
    return [
        {
            "kind": kind,
            "interval": write_duration(span_ms) if span_ms else None,
            "pairs": len(group),
            "from": iso(min(one.first_ms for one in group)),
            "to": iso(max(one.last_ms for one in group)),
            "rows": sum(one.rows for one in group),
            "gaps": sum(one.gaps for one in group),
            "pairs_with_gaps": sum(one.gaps > 0 for one in group),
        }
        for (kind, span_ms), group in sorted(groups.items())
    ]


def _excluded(material: Material) -> list[dict[str, Any]]:
    found = {pair: reason for run in material.runs for pair, reason in run.excluded.items()}
    return [{"pair": pair, "reason": reason.replace("_", " ")} for pair, reason in sorted(found.items())]


def _paths(configs: Iterable[Mapping[str, str | None]]) -> list[str]:
    return sorted({path for config in configs for path in config})


def _value(config: Mapping[str, str | None], path: str) -> str:
    """Null in words, because an empty cell may mean anything."""
    if path not in config:
        return "not set"
    value = config[path]
    return "null" if value is None else value
