"""The section on the pairs that were traded most: their rate and basis, and every entry and exit."""

from __future__ import annotations

from collections.abc import Mapping

from fundarb.reporting.page.chart import Spec
from fundarb.reporting.page.figure import figures_of, section
from fundarb.reporting.page.markup import Html, tag
from fundarb.reporting.page.material import MOST_PAIRS, Material
from fundarb.reporting.page.pair_chart import pair_chart
from fundarb.reporting.page.part import Part


def pairs_part(material: Material, names: Mapping[str, str], looks: Mapping[str, Spec]) -> Part | None:
    """None where nothing was traded."""
    if not material.markets:
        return None
    charts = tuple(
        pair_chart(market, material.detailed, names, looks, number) for number, market in enumerate(material.markets, 1)
    )
    traded = len({trade.pair for run in material.detailed for trade in (*run.trades, *run.open)})
    which = "Every pair that was traded" if traded <= MOST_PAIRS else f"The {len(charts)} most traded of {traded} pairs"
    intro = tag(
        "p",
        f"{which}, the greatest turnover first. A rate above zero is what the short perp leg receives; the basis is how far "
        "the perp stands above spot. What both legs move together is hedged: what is left are these two.",
    )
    content = section("pairs", "Pairs", intro, _legend(material, names, looks), figures_of(charts, columns=True))
    return Part("pairs", "Pairs", content, charts)


def _legend(material: Material, names: Mapping[str, str], looks: Mapping[str, Spec]) -> Html:
    """Once for all charts."""
    runs = [
        tag("span", names[run.run_id], style=f"color:var(--{looks[names[run.run_id]]['color'][1:]})")
        for run in material.detailed
    ]
    return tag("p", "▲ entered, ▽ left, in the colour of the run: ", [[run, " "] for run in runs], class_="legend")
