"""Which moment, which pairs, which ledgers and which stored runs are meant."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fundarb.accounting.fees import PairCosts
from fundarb.accounting.lines import open_lines
from fundarb.domain.instants import HOUR
from fundarb.domain.instrument import Kind, LotRule, Pair
from fundarb.domain.market import StreamSummary
from fundarb.domain.money import parse
from fundarb.domain.result import RunResult
from fundarb.errors import DataError, UsageError
from fundarb.reporting.held import held_pairs
from fundarb.reporting.moment import newest_known, settled_by
from fundarb.reporting.stored import find_runs, stored_runs
from tests.fakes.journal import MemoryJournal
from tests.fakes.runs import MemoryRuns
from tests.reporting.runs import runs_of

BENCHMARKS = ("cash", "hold", "simple")
LOTS = LotRule(parse("0.001"), parse("0.001"), parse("5"))
RUN = runs_of("cash_idle")[0]
COSTS = PairCosts(parse("0.001"), parse("0.00055"), parse("0"), fee_in_base=False)


def funding(symbol: str, first_ms: int, last_ms: int) -> StreamSummary:
    return StreamSummary(symbol, Kind.FUNDING, 0, first_ms, last_ms, 3, 0)


def test_the_newest_moment_is_a_settlement_or_a_close() -> None:
    candles = StreamSummary("A", Kind.SPOT, HOUR, 0, 9 * HOUR, 10, 0)
    assert newest_known([funding("A", 0, 8 * HOUR), candles], ["A"]) == 10 * HOUR
    assert newest_known([funding("A", 0, 16 * HOUR), candles], ["A"]) == 16 * HOUR
    with pytest.raises(
        DataError, match=r"nothing is stored of .+; `fundarb fetch .+` or `fundarb data import` brings it"
    ):
        newest_known([candles], ["B"])


def test_pairs_that_had_not_settled_are_left_out_unless_asked_for_by_name() -> None:
    streams = [funding("A", 0, 100), funding("B", 50, 100)]
    assert settled_by(streams, ["A", "B"], 49, keep_all=False) == ("A",)
    assert settled_by(streams, ["A", "B"], 50, keep_all=False) == ("A", "B")
    assert settled_by(streams, ["A", "B"], 49, keep_all=True) == ("A", "B")
    with pytest.raises(
        DataError, match=r"no settlement of .+ is known at 1970-01-01T00:00:00\.049Z; stored: 1970-01-01"
    ):
        settled_by(streams, ["B"], 49, keep_all=True)
    with pytest.raises(DataError, match=r"no settlement of C is known at .+; none is stored; `fundarb fetch`"):
        settled_by(streams, ["C"], 49, keep_all=False)


async def test_held_is_what_a_running_ledger_held_at_that_moment() -> None:
    journal = MemoryJournal()
    assert await held_pairs(journal, 10) == frozenset()
    for portfolio, base in (("paper:band", "A"), ("live", "B"), ("paper-closed-1", "C"), ("paper", "D")):
        pair = Pair(f"{base}/USDT:USDT", f"{base}/USDT", parse("1"), LOTS, LOTS)
        at_ms = 20 if base == "D" else 10
        await journal.append(portfolio, open_lines(at_ms, pair, parse("1"), parse("100"), parse("100"), COSTS, "rate"))
    assert await held_pairs(journal, 9) == frozenset()
    assert await held_pairs(journal, 10) == {"A/USDT:USDT", "B/USDT:USDT"}
    assert await held_pairs(journal, 20) == {"A/USDT:USDT", "B/USDT:USDT", "D/USDT:USDT"}


def named(mode: str, run_id: str) -> RunResult:
    return replace(RUN, mode=mode, run_id=run_id)


async def stored() -> MemoryRuns:
    """Two invocations; the second asked for simple, which is a benchmark too."""
    runs = MemoryRuns()
    cash, hold, simple = named("cash", "c0ffee"), named("hold", "40ld"), named("simple", "51aaaa")
    band = named("band", "51bbbb")
    beside = [("benchmark", cash), ("benchmark", hold)]
    await runs.save("group1", 1, [("run", band), *beside, ("benchmark", simple)])
    await runs.save("group2", 2, [("run", simple), *beside])
    return runs


async def test_latest_is_the_newest_group_with_its_benchmarks() -> None:
    asked, beside = await find_runs(await stored(), "latest", BENCHMARKS)
    assert [run.mode for run in asked] == ["simple"]
    assert [run.mode for run in beside] == list(BENCHMARKS)


async def test_a_group_and_a_run_may_be_cut_short_where_that_is_clear() -> None:
    runs = await stored()
    asked, _ = await find_runs(runs, "group1", BENCHMARKS)
    assert [run.mode for run in asked] == ["band"]
    asked, beside = await find_runs(runs, "51b", BENCHMARKS)
    assert [run.run_id for run in asked] == ["51bbbb"]
    assert [run.mode for run in beside] == list(BENCHMARKS)
    asked, _ = await find_runs(runs, "c0f", BENCHMARKS)
    assert [run.mode for run in asked] == ["cash"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("51", "'51' fits several stored runs: 51aaaa, 51bbbb; write more of it"),
        ("nothing", "no stored run is called 'nothing'; `fundarb report list` shows them"),
        ("", "no stored run is called ''"),
    ],
)
async def test_what_no_run_or_several_are_called_is_refused(name: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        await find_runs(await stored(), name, BENCHMARKS)


async def test_where_nothing_is_stored_this_is_said() -> None:
    with pytest.raises(DataError, match="no runs are stored yet; `fundarb backtest` stores them"):
        await stored_runs(MemoryRuns())
    with pytest.raises(DataError, match="no runs are stored yet"):
        await find_runs(MemoryRuns(), "latest", BENCHMARKS)
