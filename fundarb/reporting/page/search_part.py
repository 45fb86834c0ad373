"""The sections on a search: the verdict first, then what was found, how it lies among its neighbours, what came later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fundarb.domain.result import METRICS
from fundarb.reporting.figures import significant
from fundarb.reporting.folds_table import folds_words, people_folds
from fundarb.reporting.page.chart import Chart
from fundarb.reporting.page.figure import figures_of, folded, section
from fundarb.reporting.page.folds_charts import folds_chart, later_equity_chart, later_returns_chart
from fundarb.reporting.page.map_charts import map_charts
from fundarb.reporting.page.markup import Html, tag
from fundarb.reporting.page.part import Part
from fundarb.reporting.page.search_charts import intervals_chart, scores_chart
from fundarb.reporting.page.tables import figures, table, words
from fundarb.reporting.short_names import short_names
from fundarb.reporting.stored_sweep import StoredSweep
from fundarb.reporting.sweep_table import people_results

SHOWN = ("apr_on_capital", "sharpe_daily", "max_drawdown", "utilisation")  # beside the metric ranked by
_TRAINED = ("train_from", "train_to")  # last, because what came of it matters more
EVERYTHING = 100_000  # wide enough for every column
MARKS = {True: ("✓", "passed"), False: ("✗", "failed"), None: ("?", "not computed")}


def search_parts(sweep: StoredSweep) -> Iterator[Part]:
    """In the order in which they should be read."""
    yield _verdict(sweep)
    yield _found(sweep)
    yield _maps(sweep)
    if sweep.walk is not None:
        yield _walk(sweep)


def _verdict(sweep: StoredSweep) -> Part:
    verdict = sweep.document["verdict"]
    headline, *others = [line for line in sweep.words.splitlines() if not line.startswith("- ")]
    chart = intervals_chart(sweep.document["statistics"], None if sweep.walk is None else sweep.walk.out_of_sample)
    content = [
        tag(
            "p",
            headline,
            class_="edge" if verdict["edge"] else "no-edge",
            data_verdict="edge" if verdict["edge"] else "none",
        ),
        tag("ul", [_rule(rule) for rule in verdict["rules"]], class_="rules"),
        [tag("p", line) for line in others],
        figures_of([chart]),
        folded("Every statistic", figures(list(_flat(sweep.document["statistics"])), "Statistics of the search")),
    ]
    return Part("verdict", "Verdict", section("verdict", "Verdict", *content), _there(chart))


def _rule(rule: Mapping[str, Any]) -> Html:
    mark, said = MARKS[rule["passed"]]
    return tag(
        "li",
        tag("span", mark, class_="mark", role="img", aria_label=said),
        tag("span", rule["words"]),
        class_=said.split()[0],
    )


def _flat(statistics: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Figures under their names; lists and what is lacking are told elsewhere, or in a row each."""
    for name, value in statistics.items():
        if isinstance(value, Mapping):
            for inner, own in value.items():
                found = own.items() if isinstance(own, Mapping) else [("", own)]
                yield from (
                    (f"{name} {inner} {last}".strip().replace("_", " "), significant(one)) for last, one in found
                )
        elif isinstance(value, list):
            yield name.replace("_", " "), ", ".join(str(significant(one)) for one in value)
        else:
            yield name.replace("_", " "), significant(value)


def _found(sweep: StoredSweep) -> Part:
    columns, rows = people_results(sweep.results, sweep.paths, sweep.metric, EVERYTHING)
    columns = tuple(name for name in columns if name not in METRICS or name == sweep.metric or name in SHOWN)
    answer, pictures = sweep.document, sweep.pictures
    chart = None
    if pictures is not None and pictures.scores.counts:
        winner = sweep.results[0].trial.metrics[sweep.metric]
        luck = answer["statistics"]["luck_sharpe"] if sweep.metric == "sharpe_daily" else None
        chart = scores_chart(pictures.scores, words(sweep.metric), winner, luck)
    skipped = f"; {answer['skipped']:,} sets were refused by constraints or configuration" if answer["skipped"] else ""
    largest = answer["largest_lane_difference"]
    lanes = (
        ""
        if largest is None
        else (
            f" The leaders and a sample were run again in the exact lane: the largest difference was {largest:.1e} of what "
            "was traded."
        )
    )
    intro = tag("p", f"{answer['trials']:,} trials, ranked by {words(sweep.metric)}{skipped}.{lanes}")
    leaders = table(columns, rows, f"The best {len(rows)} of {answer['trials']:,} trials")
    return Part("found", "Trials", section("found", "Trials", intro, leaders, figures_of([chart])), _there(chart))


def _maps(sweep: StoredSweep) -> Part:
    pictures = sweep.pictures
    if pictures is None or not pictures.maps:
        return Part("maps", "Map", section("maps", "Map", tag("p", _no_map(sweep))))
    names = short_names(sweep.paths)
    less, metric = pictures.less_is_better, words(sweep.metric)
    groups = [map_charts(one, metric, names, number, less=less) for number, one in enumerate(pictures.maps, 1)]
    first, others = groups[0], groups[1:]
    averaged = pictures.maps[0].others
    rest = f" What is not drawn ({averaged} more) is averaged over." if averaged else ""
    intro = tag("p", f"Where on the grid {metric} is good. A plateau is a place to stand; a peak is luck.{rest}")
    content = [intro, figures_of(first, columns=True)]
    if others:
        content.append(folded("Other pairs of parameters", [figures_of(one, columns=True) for one in others]))
    return Part("maps", "Map", section("maps", "Map", *content), tuple(chart for group in groups for chart in group))


def _no_map(sweep: StoredSweep) -> str:
    if sweep.pictures is None:
        return "This sweep was stored without its map. Run it again to draw one: its trials are known and cost no time."
    return f"No map: nothing was varied, or no trial has a {words(sweep.metric)}."


def _walk(sweep: StoredSweep) -> Part:
    walk = sweep.walk
    assert walk is not None
    daily = () if sweep.pictures is None else sweep.pictures.daily
    columns, rows = people_folds(walk, EVERYTHING)
    columns = ("fold", *(name for name in columns[1:] if not name.startswith("train_")), *_TRAINED)
    beside = [later_equity_chart(walk, daily), later_returns_chart(walk, daily)]
    charts = [folds_chart(walk), *beside]
    told = tag("ul", [tag("li", line) for line in folds_words(walk, sweep.to_ms)])
    content = [
        tag(
            "p",
            "Parameters chosen on each training stretch, judged on the one after it: what the method would have done.",
        ),
        figures_of(charts[:1]),
        figures_of(beside, columns=True),
        table(columns, rows, "Folds"),
        told,
    ]
    return Part("folds", "Walk-forward", section("folds", "Walk-forward", *content), _there(*charts))


def _there(*charts: Chart | None) -> tuple[Chart, ...]:
    return tuple(chart for chart in charts if chart is not None)
