"""The page as one text: style, scripts and data inside, so that it can be sent, kept and opened anywhere, offline."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from fundarb import __version__
from fundarb.reporting.page.assets import asset, policy
from fundarb.reporting.page.booked_part import booked_part
from fundarb.reporting.page.chart import Spec, roles
from fundarb.reporting.page.comparing_part import comparing_part
from fundarb.reporting.page.data_part import caveats_part, config_part, data_part
from fundarb.reporting.page.heading import circumstances, kind_of, lead, title_of
from fundarb.reporting.page.markup import Html, tag, together
from fundarb.reporting.page.material import Material, labels
from fundarb.reporting.page.pairs_part import pairs_part
from fundarb.reporting.page.part import Part
from fundarb.reporting.page.runs_part import apart_parts, equity_part, results_part
from fundarb.reporting.page.search_part import search_parts


def render_page(material: Material, plotly_js: str) -> str:
    """The whole page; the same material gives the same bytes."""
    names, found = labels(material), parts_of(material)
    scripts = (asset("theme.js"), plotly_js, asset("page.js"))
    head = _head(f"{title_of(material, names)} · {kind_of(material)}", scripts)
    charts = {chart.name: chart.spec for part in found for chart in part.charts}
    body = tag(
        "body",
        tag("a", "Skip to the result", href="#main", class_="skip"),
        _header(material, names),
        tag("nav", [tag("a", part.title, href=f"#{part.name}") for part in found], aria_label="Contents"),
        tag("main", [part.html for part in found], id="main"),
        _footer(material),
        tag("script", _data(charts), type="application/json", id="charts"),
        [tag("script", Html(script)) for script in scripts[1:]],
    )
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def parts_of(material: Material) -> list[Part]:
    """The sections of the page."""
    names = labels(material)
    benchmarks = {names[run.run_id]: run.mode for run in material.benchmarks}
    return list(_parts(material, names, roles((names[run.run_id] for run in material.runs), benchmarks)))


def _parts(material: Material, names: Mapping[str, str], looks: Mapping[str, Spec]) -> Iterator[Part]:
    """In the order of reading: the outcome and what to doubt, then the pictures, then what it rests on."""
    if material.sweep is not None:
        yield from search_parts(material.sweep)
    yield results_part(material, names)
    yield caveats_part(material, names)
    compared = comparing_part(material)
    if compared is not None:
        yield compared
    yield equity_part(material, names, looks)
    yield from apart_parts(material, names)
    booked = booked_part(material, names)
    if booked is not None:
        yield booked
    pairs = pairs_part(material, names, looks)
    if pairs is not None:
        yield pairs
    yield data_part(material)
    yield config_part(material, names)


def _head(title: str, scripts: Sequence[str]) -> Html:
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy(scripts)),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name_="color-scheme", content="light dark"),
        tag("meta", name_="generator", content=f"fundarb {__version__}"),
        tag("title", title),
        tag("link", rel="icon", href="data:,"),
        tag("style", Html(asset("page.css"))),
        tag("script", Html(scripts[0])),
    )


def _header(material: Material, names: Mapping[str, str]) -> Html:
    return tag(
        "header",
        tag("p", f"fundarb · {kind_of(material)} · {circumstances(material)}", class_="kicker"),
        tag("h1", title_of(material, names)),
        tag("p", lead(material, names), class_="lead"),
        tag("button", "theme", type="button", class_="theme", hidden=True),
    )


def _footer(material: Material) -> Html:
    """What to name when asked where the figures are from."""
    hashes = dict.fromkeys(run.data_hash for run in material.runs)
    runs = ", ".join(run.run_id for run in material.runs)
    which = f"Sweep {material.sweep.document['sweep_id']}; leaders" if material.sweep is not None else "Runs"
    return tag(
        "footer",
        tag("p", f"{which} {runs}; data {', '.join(hashes)}; fundarb {__version__}."),
        tag("p", "Every figure is that of fundarb report; nothing on this page comes from the network."),
    )


def _data(charts: Mapping[str, Spec]) -> Html:
    """JSON that cannot end its own element."""
    text = json.dumps(charts, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return together(Html(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")))
