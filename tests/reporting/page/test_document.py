"""The page as a text: whole, the same every time, nothing of others in it but as text, and no script but its own."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser

import pytest

from fundarb.reporting.booked import checked_payments, summary
from fundarb.reporting.page.document import render_page
from fundarb.reporting.page.markup import VOID
from fundarb.reporting.page.material import Material
from fundarb.reporting.run_table import run_table
from tests.reporting.page.materials import PARAMS, SCRIPT, made_material, made_run, swept_material

HOSTILE = '"><img src=x onerror=alert(1)></script><script>alert(2)</script>&amp;'


class Reader(HTMLParser):
    """Every tag, its attributes and its text; tags that are not closed in order are remembered."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.misplaced: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.texts.setdefault(tag, []).append("")
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.misplaced.append(tag)

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open[-1]][-1] += data


@pytest.mark.parametrize("material", [made_material(), swept_material()], ids=["run", "sweep"])
def test_the_page_is_whole_and_the_same_every_time(material: Material) -> None:
    page = render_page(material, SCRIPT)
    assert page == render_page(material, SCRIPT)
    read = Reader(page)
    assert read.misplaced == []
    names = [attributes["id"] for _, attributes in read.tags if "id" in attributes]
    assert len(names) == len(set(names))
    links = [str(attributes["href"]) for tag, attributes in read.tags if tag == "a"]
    assert {link[1:] for link in links} <= set(names)


def test_every_canvas_has_a_chart_words_and_a_place_in_the_order_of_keys() -> None:
    read = Reader(render_page(swept_material(), SCRIPT))
    canvases = [attributes for _, attributes in read.tags if "data-chart" in attributes]
    charts = json.loads(read.texts["script"][1])
    assert [one["data-chart"] for one in canvases] == list(charts)
    for one in canvases:
        assert (one["role"], one["tabindex"]) == ("img", "0")
        assert one["aria-label"]


def test_the_policy_allows_the_scripts_of_the_page_and_nothing_else() -> None:
    page = render_page(made_material(), SCRIPT)
    policy = next(str(attributes["content"]) for _, attributes in Reader(page).tags if "http-equiv" in attributes)
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(scripts) == 3
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    assert policy.startswith(
        f"default-src 'none'; script-src {' '.join(f'{chr(39)}sha256-{d}{chr(39)}' for d in digests)};"
    )
    assert "http:" not in policy + page.replace(policy, "")
    assert "https:" not in page


def test_hostile_names_reasons_and_parameters_are_text() -> None:
    material = made_material((HOSTILE, "ETH/USDT:USDT"))
    run = material.runs[0]
    trades = tuple(replace(trade, open_reason=HOSTILE, close_reason=HOSTILE) for trade in run.trades)
    hostile = replace(run, trades=trades, excluded={HOSTILE: HOSTILE}, mode=HOSTILE, flags=(HOSTILE,))
    page = render_page(replace(material, runs=(hostile,), config=({HOSTILE: HOSTILE},)), SCRIPT)
    read = Reader(page)
    tags = [tag for tag, _ in read.tags]
    assert read.misplaced == []
    assert "img" not in tags
    assert tags.count("script") == 4
    assert not any(name.startswith("on") for _, attributes in read.tags for name in attributes)
    assert HOSTILE in read.texts["h1"][0]
    assert any(HOSTILE in text for text in read.texts["h3"])


def test_figures_are_those_of_the_tables_to_the_digit() -> None:
    material = made_material()
    (row,) = run_table([("run", material.runs[0])])
    read = Reader(render_page(material, SCRIPT))
    shown = [attributes.get("data-column") for tag, attributes in read.tags if tag == "td"]
    for name in ("net", "apr_on_capital", "funding", "fees", "equity", "trades"):
        assert read.texts["td"][shown.index(name)] == str(row[name])


def test_runs_of_one_mode_are_told_apart_and_a_comparison_holds_them_side_by_side() -> None:
    first, second = made_run(("BTC/USDT:USDT",)), made_run((), run_id="1111111111111111")
    other = replace(second, params={**PARAMS, "costs.slippage_bps": "9"})
    material = Material((first, other), (), config=(first.params, other.params), compared=True)
    page = render_page(material, SCRIPT)
    assert "<h1>simple 01234567 and simple 11111111</h1>" in page
    read = Reader(page)
    assert "Side by side" in read.texts["h2"]
    assert {"params.costs.slippage_bps", "costs.slippage_bps"} <= set(read.texts["th"])
    assert "The 2 most" not in page


def test_what_to_doubt_is_said_in_words() -> None:
    said = Reader(render_page(made_material(), SCRIPT)).texts["li"]
    assert said == [
        "2 settlements are missing in the range; they paid nothing",
        "the universe was chosen by turnover after the range began: the past is seen with hindsight",
        "excluded, no spot market: LUNA/USDT:USDT",
        "costs are assumed: fees of 10 bp on spot and 5.5 bp on perps, slippage of 5 bp a leg",
    ]


def test_a_live_ledger_assumes_no_costs_and_an_empty_one_still_makes_a_page() -> None:
    live = replace(made_run((), mode="hold", run_id="live"), portfolio="live", flags=(), excluded={})
    page = render_page(Material((live,), (), config=(live.params,)), SCRIPT)
    assert "<h1>live</h1>" in page
    assert "Live trading" in page
    assert "Nothing was flagged." in page
    assert 'id="pairs"' not in page


def test_payments_of_a_portfolio_stand_beside_what_was_expected_of_them() -> None:
    run = replace(made_run(("BTC/USDT:USDT", "ETH/USDT:USDT")), run_id="paper", portfolio="paper")
    checked = checked_payments(run, ())
    checked[0] |= {"expected": "1", "difference": "0.25", "flagged": "paid for 2"}
    read = Reader(render_page(Material((run,), (), config=(run.params,), checked={"paper": checked}), SCRIPT))
    assert "Funding, booked and expected" in read.texts["h2"]
    assert f"paper: {summary(checked)}." in read.texts["p"]
    cells = [(attributes.get("data-column"), tag) for tag, attributes in read.tags if tag == "td"]
    shown = read.texts["td"][cells.index(("booked", "td")) :]
    paid = sum(Decimal(row["payment"]) for row in checked if row["pair"] == "BTC/USDT:USDT")
    assert Decimal(shown[0]) == paid
    assert "paid for 2" in read.texts["td"]


def test_a_few_days_say_nothing_of_a_year() -> None:
    """20 days have no yearly rate in the sentence on top; 40 have."""
    leads = [Reader(render_page(made_material(days=days), SCRIPT)).texts["p"][1] for days in (20, 40)]
    assert [" a year" in words for words in leads] == [False, True]


def test_the_verdict_stands_first_and_names_every_rule() -> None:
    read = Reader(render_page(swept_material(), SCRIPT))
    assert read.texts["h2"][0] == "Verdict"
    marks = [attributes["aria-label"] for tag, attributes in read.tags if attributes.get("class") == "mark"]
    assert marks == ["passed", "passed", "passed", "passed", "failed"]
    assert "No edge: of 5 rules 1 failed." in read.texts["p"]
