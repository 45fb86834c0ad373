"""Ninety simulated days of paper with restarts: flat memory, a small file, and line by line the ledger of a backtest."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.runs import SqliteRuns
from fundarb.domain.instants import DAY, iso, parse_instant
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.money import ZERO
from tests.cli.processes import fundarb
from tests.e2e.trading import DATABASE, ledger, running, stopped, until
from tests.sandbox.running import spawned_sandbox

START, DAYS, RESTARTS = parse_instant("2026-01-10T08:00Z"), 90, 6
SETS = (
    "strategy.simple.entry=0.00009",
    "strategy.simple.exit=0.00005",
    "sizing.size_usd=500",  # so that no cap, which hangs on equity to the last digit, decides how much is bought
)
OPTIONS = ("--mode", "simple", *(word for one in SETS for word in ("--set", one)))
SAME_PRICE_BP = 3.0  # half way between bid and ask is this near to where a candle opens


def test_ninety_days_are_those_of_a_backtest_of_what_was_seen(tmp_path: Path) -> None:
    resident, sizes = [], []
    with spawned_sandbox("--pairs", "12", "--start", iso(START), "--speed", "step") as venue:
        for part in range(1, RESTARTS + 1):
            with running(venue.url, tmp_path, *OPTIONS, "--set", "trade.poll=1h", patience_s=3600.0) as process:
                until(process, "cycle", iso(START + DAYS * DAY * part // RESTARTS))
                resident.append(resident_kb(process.pid))
                stopped(process, signal.SIGTERM)
            sizes.append((tmp_path / DATABASE).stat().st_size)
    last_ms = ledger(tmp_path)[-1].at_ms  # the candles that open then are not over, so not stored
    paper = [line for line in ledger(tmp_path) if line.at_ms < last_ms]
    pairs = list(zip_longest(in_order(paper), in_order(backtested(tmp_path, last_ms))))
    apart = [difference_bp(ours, theirs) for ours, theirs in pairs if ours is not None and theirs is not None]
    thirty = sizes[RESTARTS * 30 // DAYS - 1]
    sys.stdout.write(
        f"{len(paper)} lines in {DAYS} days of five pairs, prices at most {max(apart):.2f} bp from those of a backtest, "
        f"half of them below {sorted(apart)[len(apart) // 2]:.2f}; file {thirty / 1e6:.1f} MB after 30 days, "
        f"{sizes[-1] / 1e6:.1f} MB at the end; resident {resident} kB\n"
    )
    for ours, theirs in pairs:
        assert ours is not None
        assert theirs is not None
        assert what(ours) == what(theirs)
    assert max(apart) < SAME_PRICE_BP
    assert len({line.reason for line in paper}) > 1
    assert thirty < 20e6
    assert max(resident) < 1.3 * min(resident)


def in_order(lines: Sequence[LedgerLine]) -> list[LedgerLine]:
    """Fills of one order in several levels as one line; by time, kind, pair and leg."""
    merged: dict[tuple[object, ...], LedgerLine] = {}
    for line in lines:
        key = (line.at_ms, line.kind, line.pair or "", line.leg or "", line.side or "")
        before = merged.get(key)
        merged[key] = line if before is None else line._replace(qty=(before.qty or ZERO) + (line.qty or ZERO))
    return [merged[key] for key in sorted(merged)]


def what(line: LedgerLine) -> tuple[object, ...]:
    """All of a line but what hangs on a price; of a payment everything."""
    if line.kind is LineKind.FUNDING:
        return tuple(line)
    return line.at_ms, line.kind, line.pair, line.leg, line.side, line.qty, line.fee_ccy, line.reason


def difference_bp(ours: LedgerLine, theirs: LedgerLine) -> float:
    """How far the un-slipped prices of two lines are apart."""
    if ours.fair is None or theirs.fair is None:
        return 0.0
    return abs(float(ours.fair) / float(theirs.fair) - 1) * 1e4


def backtested(cwd: Path, last_ms: int) -> Sequence[LedgerLine]:
    """The ledger of a backtest on what paper left in the store, as far as there are candles."""
    span = ("--from", iso(START), "--to", iso(last_ms))
    done = fundarb("backtest", *span, *OPTIONS, "--no-close-at-end", cwd=cwd)
    assert done.returncode == 0, done.stderr

    async def read() -> Sequence[LedgerLine]:
        async with open_store(cwd / DATABASE, "read") as connection:
            runs = SqliteRuns(connection)
            lines = (await runs.group(await runs.latest_group() or ""))[0][1].ledger
            return [line for line in lines if line.at_ms < last_ms]

    return asyncio.run(read())


def resident_kb(pid: int) -> int:
    """Memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
