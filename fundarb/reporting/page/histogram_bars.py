"""A histogram as bars: one where each of its steps lies, as high as it has values."""

from __future__ import annotations

from fundarb.reporting.page.chart import Spec
from fundarb.reporting.sweep_pictures import Histogram


def bars(name: str, found: Histogram, hover: str) -> Spec:
    """`hover` is what a bar says of itself."""
    return {
        "type": "bar",
        "name": name,
        "x": [(low + high) / 2 for low, high in zip(found.edges, found.edges[1:], strict=False)],
        "y": list(found.counts),
        "marker": {"color": "@price"},
        "hovertemplate": f"{hover}<extra></extra>",
    }
