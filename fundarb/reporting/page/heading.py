"""The head of the page in words: what this is, of when, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping

from fundarb.domain.instants import DAY, HOUR, iso
from fundarb.domain.result import RunResult
from fundarb.reporting.figures import amount, percent
from fundarb.reporting.page.material import Material

SHORT_MS = 30 * DAY  # a result of less time says nothing of a year
TRADING = {"paper": "Paper trading", "live": "Live trading"}


def kind_of(material: Material) -> str:
    """What sort of page it is."""
    first = material.runs[0]
    if material.sweep is not None:
        return "Sweep"
    if material.compared:
        return "Comparison"
    if first.portfolio is not None:
        return TRADING.get(first.portfolio.partition(":")[0].partition(".")[0], "Trading")
    return "Backtest"


def title_of(material: Material, names: Mapping[str, str]) -> str:
    """Of the page and its window."""
    if material.sweep is not None:
        return f"{material.sweep.document['trials']:,} trials, ranked by {material.sweep.metric.replace('_', ' ')}"
    listed = [names[run.run_id] for run in material.runs]
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} and {listed[-1]}"


def circumstances(material: Material) -> str:
    """When, on how many pairs, in which currency."""
    start, end = min(run.from_ms for run in material.runs), max(run.to_ms for run in material.runs)
    pairs = len({pair for run in material.runs for pair in run.universe})
    told = f"{_day(start)} to {_day(end)} UTC · {pairs} pair{'' if pairs == 1 else 's'}"
    quotes = sorted({pair.rpartition(":")[2] for run in material.runs for pair in run.universe})
    return f"{told} · amounts in {' and '.join(quotes)}" if quotes else told


def lead(material: Material, names: Mapping[str, str]) -> str:
    """What came of it in a sentence or two: of the best run, and of the benchmarks."""
    best, verdict = max(material.runs, key=lambda run: run.totals.split.net), ""
    if material.sweep is not None:
        best, verdict = material.runs[0], f"{material.sweep.words.splitlines()[0]} "
    beside = [f"{names[run.run_id]} {_outcome(run)}" for run in material.benchmarks]
    others = f" On the same data {', '.join(beside)}." if beside else ""
    return f"{verdict}{_told(best, _called(material, names[best.run_id]))}{others}"


def _called(material: Material, name: str) -> str:
    if material.sweep is not None:
        return "The winner"
    return f"Of these, {name}" if len(material.runs) > 1 else name


def _outcome(run: RunResult) -> str:
    net = run.totals.split.net
    return f"{'lost' if net < 0 else 'made'} {amount(abs(net))}"


def _told(run: RunResult, name: str) -> str:
    """One run in a sentence."""
    capital = run.equity[0][1]
    yearly, sharpe = percent(run.metrics["apr_on_capital"]), amount(run.metrics["sharpe_daily"])
    deepest = percent(run.metrics["max_drawdown"])
    more = [
        None if yearly is None or run.to_ms - run.from_ms < SHORT_MS else f"{yearly} a year",
        None if sharpe is None else f"Sharpe {sharpe}",
        None if deepest is None else f"at most {deepest} below its highest",
    ]
    told = ", ".join(one for one in more if one is not None)
    return f"{name} {_outcome(run)} on {amount(capital)} in {_lasting(run.to_ms - run.from_ms)}{': ' if told else ''}{told}."


def _lasting(span_ms: int) -> str:
    """Days, or hours where there are few."""
    count, unit = (span_ms / DAY, "day") if span_ms >= 2 * DAY else (span_ms / HOUR, "hour")
    return f"{count:,.0f} {unit}{'' if round(count) == 1 else 's'}"


def _day(at_ms: int) -> str:
    text = iso(at_ms)
    return text[:10] if text.endswith("T00:00:00Z") else f"{text[:10]} {text[11:16]}"
