"""What a run came to: totals, trades, counts, flags and its name, from the cycle that is over."""

from __future__ import annotations

import hashlib
import json

from fundarb.accounting.book import Book
from fundarb.accounting.valuation import Mark, marked, totals
from fundarb.domain.position import Split
from fundarb.domain.result import Counts, RunResult, Totals, TradeRow
from fundarb.engine.cycle import Cycle
from fundarb.engine.memory_ledger import MemoryLedger
from fundarb.engine.sampling import Samples
from fundarb.engine.simulation import Incidents
from fundarb.ports.feed import View
from fundarb.research.metrics import Evidence, metrics
from fundarb.research.rules import Setup
from fundarb.research.stage import Stage

Rows = tuple[TradeRow, ...]


def run_result(
    stage: Stage, setup: Setup, mode: str, cycle: Cycle, ledger: MemoryLedger, incidents: Incidents, view: View
) -> RunResult:
    """Everything a run says."""
    samples, timeline = cycle.samples, stage.timeline
    split, closed, still_open = _valued(ledger.book, samples, view)
    counts = _counts(cycle, incidents, stage, len(closed))
    times, equity, in_use = samples.times, samples.equity, samples.in_use
    evidence = Evidence(
        timeline.from_ms, timeline.to_ms, times, equity, in_use, split, closed, still_open, ledger.lines
    )
    return RunResult(
        run_id=_run_id(stage, setup, mode),
        mode=mode,
        from_ms=timeline.from_ms,
        to_ms=timeline.to_ms,
        params=setup.flat,
        data_hash=stage.panel.data_hash,
        flags=_flags(stage, setup, counts, samples, bool(still_open)),
        totals=Totals(split, samples.last, samples.lowest_cash),
        metrics=metrics(evidence, stage.panel),
        counts=counts,
        universe=tuple(pair.symbol for pair in stage.panel.pairs),
        excluded=stage.excluded,
        trades=closed,
        open=still_open,
        equity=tuple(zip(times, equity, strict=True)),
        ledger=tuple(ledger.lines),
    )


def _valued(book: Book, samples: Samples, view: View) -> tuple[Split, Rows, Rows]:
    """The total split, closed trades, and open ones marked as in the last sample."""
    marks = {}
    for pair, held in book.positions.items():
        found = samples.mark(view, held)
        marks[pair] = Mark(found.spot, found.perp)
    closed = tuple(
        TradeRow(t.pair, t.opened_ms, t.closed_ms, t.qty, t.open_reason, t.close_reason, t.split) for t in book.closed
    )
    still_open = tuple(
        TradeRow(pair, held.opened_ms, None, held.opened_qty, held.open_reason, None, marked(held, marks[pair]))
        for pair, held in sorted(book.positions.items())
    )
    return totals(book, marks, view.dust_worth(book)), closed, still_open


def _counts(cycle: Cycle, incidents: Incidents, stage: Stage, trades: int) -> Counts:
    tally = cycle.tally
    return Counts(
        trades=trades,
        entries=tally.entries,
        refused=dict(sorted(tally.refused.items())),
        no_price=tally.no_price,
        missing_settlements=stage.missing,
        stale_marks=incidents.stale_marks,
        stale_prices=cycle.samples.stale_prices,
        liquidations=incidents.liquidations,
        guards=incidents.guards,
        delistings=incidents.delistings,
        rotations=tally.rotations,
    )


def _flags(stage: Stage, setup: Setup, counts: Counts, samples: Samples, open_at_end: bool) -> tuple[str, ...]:
    """What a reader must know before believing the figures, in the order of the contract."""
    raised = {
        "spot_source_perp": bool(stage.market.stand_ins),
        "missing_settlements": counts.missing_settlements > 0,
        "untradable": bool(stage.untradable),
        "open_at_end": open_at_end,
        "stale_price": counts.stale_prices > 0,
        "unfunded": setup.margin.mode == "none" and samples.lowest_cash < 0,
        "universe_by_turnover": stage.by_turnover,
    }
    return tuple(flag for flag, there in raised.items() if there)


def _run_id(stage: Stage, setup: Setup, mode: str) -> str:
    """Hash of parameters, range, pairs, code version and data, and of what hindsight and the store's memory add."""
    identity = {
        "mode": mode,
        "from": stage.timeline.from_ms,
        "to": stage.timeline.to_ms,
        "pairs": [pair.symbol for pair in stage.panel.pairs],
        "excluded": dict(stage.excluded),
        "missing": stage.missing,
        "by_turnover": stage.by_turnover,
        "params": setup.flat,
        "code": stage.code_version,
        "data": stage.panel.data_hash,
    }
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]
