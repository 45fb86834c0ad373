"""Tables of evidence on real history, written by a command: `python -m tests.evidence` (or `make evidence`).

Every strategy with default parameters on each data set: as a whole, each year by itself, at doubled costs, with idle cash
at 4 % a year, and with conviction sizing. Nothing is tuned here; it only prints what the exact lane says."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fundarb.adapters.layout.importing import silent
from fundarb.bootstrap.data import import_market
from fundarb.bootstrap.research import open_research
from fundarb.bootstrap.setup import setup_of
from fundarb.config import resolve
from fundarb.domain.instants import iso
from fundarb.domain.result import RunResult
from fundarb.research.backtest import run_mode
from fundarb.research.stage import set_stage
from fundarb.signals.panel import Panel

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"
MODES = ("simple", "composite", "band", "hold", "cash")
HEAD = "| data | setting | mode | APR on capital | Sharpe (daily) | drawdown | trades | fees + slippage |"


@dataclass(frozen=True, slots=True)
class DataSet:
    """Real history and what it needs."""

    name: str
    start: str
    end: str
    sets: tuple[str, ...] = ()


SETS = (
    DataSet("majors-2020-2023", "2020-02-01", "2024-01-01"),
    DataSet("bybit-wide-2024", "2024-05-01", "2024-08-10", ("backtest.spot_source=perp",)),
)
SETTINGS: Mapping[str, tuple[str, ...]] = {
    "default": (),
    "doubled costs": ("costs.fee_spot=0.002", "costs.fee_perp=0.0011", "costs.slippage_bps=10"),
    "idle 4 %": ("costs.idle_apr=0.04",),
    "conviction": ("sizing.mode=conviction",),
    "doubled costs, idle 4 %": (
        "costs.fee_spot=0.002",
        "costs.fee_perp=0.0011",
        "costs.slippage_bps=10",
        "costs.idle_apr=0.04",
    ),
}


def main() -> int:
    """Print the tables; 2 where there is no data to speak of."""
    if not DATA.is_dir():
        print("no real data beside the repository (../shared/data): nothing to show", file=sys.stderr)
        return 2
    print(HEAD)
    print("|" + "---|" * (HEAD.count("|") - 1))
    for data in SETS:
        asyncio.run(_show(data))
    return 0


async def _show(data: DataSet) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "evidence.db"
        files = {"funding": "funding.csv.gz", "candles": "candles.csv.gz", "instruments": "instruments.csv"}
        named = {kind: DATA / data.name / name for kind, name in files.items()}
        await import_market(database, named, replace=False, progress=silent)
        async with open_research(database) as research:
            symbols = [pair.symbol for pair in await research.reader.pairs(_ms(data.end))]
            panels = {end: await research.panel(symbols, end) for end in {end for _, _, end in _ranges(data)}}
    for words, start, end in _ranges(data):
        for setting, sets in SETTINGS.items():
            if words == "all" or setting == "default":
                _print(data, f"{words}, {setting}", await _runs(panels[end], data, sets, start, end))


def _ranges(data: DataSet) -> Iterator[tuple[str, int, int]]:
    """The whole range, and every calendar year in it by itself."""
    yield "all", _ms(data.start), _ms(data.end)
    first, last = int(data.start[:4]), int(data.end[:4])
    if first == last:
        return
    for year in range(first, last + 1):
        start, end = max(_ms(data.start), _ms(f"{year}-01-01")), min(_ms(data.end), _ms(f"{year + 1}-01-01"))
        if start < end:
            yield str(year), start, end


async def _runs(panel: Panel, data: DataSet, sets: Sequence[str], start: int, end: int) -> list[RunResult]:
    settings = resolve((), {}, [*data.sets, *sets], {}, Path("none.db")).settings
    setup = setup_of(settings)
    stage = set_stage(panel, setup, start, end, {}, "evidence")
    return [await run_mode(stage, setup, mode) for mode in MODES]


def _print(data: DataSet, setting: str, runs: Sequence[RunResult]) -> None:
    for run in runs:
        spent = run.totals.split.fees + run.totals.split.slippage
        apr, sharpe, deepest = (run.metrics[name] for name in ("apr_on_capital", "sharpe_daily", "max_drawdown"))
        figures = (
            _figure(apr, "{:.2%}"),
            _figure(sharpe, "{:.2f}"),
            _figure(deepest, "{:.2%}"),
            str(run.counts.trades),
            f"{float(spent):.0f}",
        )
        print(f"| {data.name} | {setting} | {run.mode} | {' | '.join(figures)} |", flush=True)


def _figure(value: float | None, form: str) -> str:
    return "–" if value is None else form.format(value)


def _ms(day: str) -> int:
    at = int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)
    assert iso(at).startswith(day)
    return at


if __name__ == "__main__":
    sys.exit(main())
