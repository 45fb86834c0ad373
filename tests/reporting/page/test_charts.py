"""Charts are what plotly takes, show what they say in words, and hand it no words of others as tags."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import plotly.graph_objects as go
import pytest

from fundarb.reporting.page.chart import Chart
from fundarb.reporting.page.document import parts_of
from fundarb.reporting.page.map_charts import best_cell, labels, map_charts
from fundarb.reporting.page.material import Material
from tests.reporting.page.materials import made_material, made_pictures, made_sweep, swept_material

HOSTILE = '<a href="javascript:alert(1)">x</a>/USDT:USDT'


def charts(material: Material) -> dict[str, Chart]:
    return {chart.name: chart for part in parts_of(material) for chart in part.charts}


def plain(value: Any) -> Any:
    """As the page hands it to plotly: roles as colours, minutes as times."""
    if isinstance(value, str):
        return "#123456" if value.startswith("@") else value
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        if "minutes" in value:
            return ["2024-01-01"] * len(value["minutes"])
        if "minute" in value:
            return "2024-01-01"
        return {key: plain(one) for key, one in value.items()}
    return value


@pytest.mark.parametrize(
    "material", [made_material(), swept_material(), swept_material((7,))], ids=["run", "sweep", "line"]
)
def test_every_chart_is_one_that_plotly_takes_and_has_words(material: Material) -> None:
    found = charts(material)
    assert {"equity", "flow-1", "usage-1", "pair-1"} <= set(found)
    for chart in found.values():
        go.Figure(plain(chart.spec))  # refuses what it does not know
        assert chart.title
        assert len(chart.alt) > 20
        assert chart.height >= 200


def test_a_sweep_has_maps_folds_and_intervals() -> None:
    found = charts(swept_material())
    assert {"intervals", "scores", "folds", "later", "returns"} <= set(found)
    assert [name for name in found if name.startswith("map-")] == [
        f"map-{number}-{kind}" for number in (1, 2, 3) for kind in ("score", "neighbourhood")
    ]
    names = [trace["name"] for trace in found["intervals"].traces]
    assert names == ["winner, as found", "unseen histories", "out of sample", "luck alone"]
    assert found["intervals"].traces[2]["error_x"]["array"] == pytest.approx([5.3 - 3.2])


def test_names_of_others_are_no_tags_to_plotly() -> None:
    spec = charts(made_material((HOSTILE,)))["pair-1"].spec
    words = [text for trace in spec["data"] for text in (trace["name"], *trace.get("text", []))]
    assert words
    assert not any("<" in text for text in words)


def test_marks_stand_at_what_was_last_known() -> None:
    material = made_material(("BTC/USDT:USDT",))
    chart, trade, market = charts(material)["pair-1"], material.runs[0].trades[0], material.markets[0]
    upper = [trace for trace in chart.traces if trace.get("yaxis") == "y" and trace["mode"] == "markers"]
    entry = next(trace for trace in upper if trace["marker"]["symbol"] == "triangle-up")
    assert entry["x"] == {"minutes": [trade.opened_ms // 60_000]}
    row = (market.settled_at <= trade.opened_ms).nonzero()[0][-1]
    assert entry["y"] == [pytest.approx(market.rate_8h_bp[row], rel=1e-6)]
    assert entry["text"] == ["entered 2024-01-01T01:00:00Z, reason rate"]


def test_both_maps_share_a_range_and_ring_the_best() -> None:
    (found, *_) = made_pictures((6, 5)).maps
    score, averaged = map_charts(found, "sharpe daily", {"strategy.axis_0": "a", "strategy.axis_1": "b"}, 1, less=False)
    tiles, ring = score.traces
    assert (tiles["zmin"], tiles["zmax"]) == (averaged.traces[0]["zmin"], averaged.traces[0]["zmax"])
    row, column, value = best_cell(found.score, less=False)
    assert (ring["x"], ring["y"]) == ([found.columns[column]], [found.rows[row]])
    assert f"The best is {value:.2f}" in score.alt
    assert best_cell(found.score, less=True)[2] == min(v for cells in found.score for v in cells if v is not None)


def test_labels_are_short_unless_two_would_be_alike() -> None:
    assert labels(["0.000208695652", "-0.0001", "null", "0.000317391304…"]) == [
        "0.0002087",
        "-0.0001",
        "null",
        "0.0003174…",
    ]
    assert labels(["0.00020869", "0.000208691"]) == ["0.00020869", "0.000208691"]
    assert labels(["isolated-margin", "none"]) == ["isolated…", "none"]


def test_a_sweep_without_pictures_says_so() -> None:
    material = replace(swept_material(), sweep=replace(made_sweep(), pictures=None))
    assert not any(name.startswith(("map", "scores", "later")) for name in charts(material))
    page = "".join(part.html for part in parts_of(material))
    assert "This sweep was stored without its map. Run it again" in page
