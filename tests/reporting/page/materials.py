"""What pages are made of, made by hand: a run with trades on pairs of any name, markets, a sweep, all of any size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache

import numpy as np

from fundarb.accounting.book import Book
from fundarb.domain.folds import WalkForward
from fundarb.domain.instants import DAY, HOUR
from fundarb.domain.instrument import Kind
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.market import StreamSummary
from fundarb.domain.orders import Leg, Side
from fundarb.domain.position import Split
from fundarb.domain.result import METRICS, Counts, RunResult, Totals, TradeRow
from fundarb.reporting.folds_table import walk_forward_document
from fundarb.reporting.page.markets import PairMarket
from fundarb.reporting.page.material import Material
from fundarb.reporting.parameter_maps import Axis
from fundarb.reporting.stored_sweep import StoredSweep
from fundarb.reporting.sweep_pictures import SweepPictures, sweep_pictures
from fundarb.reporting.sweep_table import RankedTrial, result_document
from fundarb.reporting.verdict import judge, statistics_document, verdict_document
from tests.reporting.trials import ENTRY, EXIT, PASSING, T0, fold, trial, walk

CAPITAL, FEE = Decimal(10_000), Decimal("0.01")
PARAMS: dict[str, str | None] = {
    "capital": "10000",
    "costs.fee_spot": "0.001",
    "costs.fee_perp": "0.00055",
    "costs.slippage_bps": "5",
    "margin.mode": "isolated",
    "margin.leverage": "2",
    "risk.venue_cap": None,
}
SCRIPT = "/* plotly */"


def made_run(
    pairs: Sequence[str], days: int = 20, *, mode: str = "simple", run_id: str = "0123456789abcdef", every_ms: int = DAY
) -> RunResult:
    """Each pair held once, a day each in turn; equity sampled every so often."""
    ledger = [LedgerLine(T0, LineKind.DEPOSIT, None, CAPITAL)]
    for number, pair in enumerate(pairs):
        ledger += _trade(pair, T0 + number % (days - 1) * DAY + HOUR)
    ledger.sort(key=lambda line: line.at_ms)
    book = Book()
    book.apply_all(ledger)
    trades = tuple(
        TradeRow(t.pair, t.opened_ms, t.closed_ms, t.qty, t.open_reason, t.close_reason, t.split) for t in book.closed
    )
    split = sum((trade.split for trade in trades), Split())
    times = range(T0, T0 + days * DAY + 1, every_ms)
    booked = _cash_at(ledger, times)
    return RunResult(
        run_id=run_id,
        mode=mode,
        from_ms=T0,
        to_ms=T0 + days * DAY,
        params=PARAMS,
        data_hash="d" * 64,
        flags=("missing_settlements", "universe_by_turnover"),
        totals=Totals(split, CAPITAL + split.net, CAPITAL),
        metrics=dict.fromkeys(METRICS, 0.0123) | {"sortino": None},
        counts=Counts(trades=len(trades), entries=len(trades), refused={"max_positions": 3}, missing_settlements=2),
        universe=tuple(pairs),
        excluded={"LUNA/USDT:USDT": "no_spot_market"},
        trades=trades,
        open=(),
        equity=tuple(zip(times, booked, strict=True)),
        ledger=tuple(ledger),
    )


def _trade(pair: str, at_ms: int) -> list[LedgerLine]:
    """Ten units hedged at 100, paid 1 after some hours, closed a day later."""
    ten, price, end_ms = Decimal(10), Decimal(100), at_ms + DAY - 2 * HOUR

    def leg(when_ms: int, market: Leg, side: Side, cash: Decimal, reason: str) -> LedgerLine:
        return LedgerLine(
            when_ms, LineKind.FILL, pair, cash, market, side, ten, price, price, FEE, "quote", reason=reason
        )

    return [
        leg(at_ms, Leg.SPOT, Side.BUY, -1000 - FEE, "rate"),
        leg(at_ms, Leg.PERP, Side.SELL, -FEE, "rate"),
        LedgerLine(at_ms + 7 * HOUR, LineKind.FUNDING, pair, Decimal(1), price=price, qty=ten, rate=Decimal("0.001")),
        leg(end_ms, Leg.PERP, Side.BUY, -FEE, "rate"),
        leg(end_ms, Leg.SPOT, Side.SELL, 1000 - FEE, "rate"),
    ]


def _cash_at(ledger: Sequence[LedgerLine], times: Sequence[int]) -> list[Decimal]:
    """Equity at each of them: prices never move, so it is cash and what spot cost."""
    book, values, applied = Book(), [], 0
    for at_ms in times:
        while applied < len(ledger) and ledger[applied].at_ms <= at_ms:
            book.apply(ledger[applied])
            applied += 1
        values.append(book.cash + sum((held.spot * 100 for held in book.positions.values()), Decimal(0)))
    return values


def made_market(symbol: str, days: int = 20, seed: int = 1) -> PairMarket:
    """Rates every 8 h, a basis every hour."""
    random = np.random.default_rng(seed)
    settled = np.arange(T0, T0 + days * DAY + 1, 8 * HOUR, dtype=np.int64)
    closed = np.arange(T0 + HOUR, T0 + days * DAY + 1, HOUR, dtype=np.int64)
    return PairMarket(symbol, settled, random.normal(1, 2, len(settled)), closed, random.normal(0, 5, len(closed)))


def made_streams(pairs: Sequence[str]) -> tuple[StreamSummary, ...]:
    """Funding and both legs of each; the first has a gap."""
    return tuple(
        StreamSummary(pair, Kind(kind), 0 if kind == "funding" else HOUR, T0, T0 + 20 * DAY, 60, int(pair == pairs[0]))
        for pair in pairs
        for kind in ("funding", "spot", "perp")
    )


def made_material(pairs: Sequence[str] = ("BTC/USDT:USDT", "ETH/USDT:USDT"), days: int = 20) -> Material:
    """A run beside a benchmark that held nothing."""
    run = made_run(pairs, days)
    idle = made_run((), days, mode="cash", run_id="fedcba9876543210")
    return Material(
        (run,), (idle,), tuple(made_market(pair, days) for pair in pairs), made_streams(pairs), (run.params,)
    )


def made_pictures(shape: Sequence[int], walked: WalkForward | None = None, seed: int = 5) -> SweepPictures:
    """Of every set of a grid with this many values on each axis; scores fall off from a corner, with noise."""
    axes = [Axis(f"strategy.axis_{n}", tuple(str(value) for value in range(count))) for n, count in enumerate(shape)]
    places = np.stack([one.ravel() for one in np.indices(tuple(shape))], axis=1).astype(np.int64)
    scores = 5.0 - places.sum(axis=1) / 10 + np.random.default_rng(seed).normal(0, 0.3, len(places))
    scores[::97] = np.nan
    return sweep_pictures(axes, places, scores, scores - 0.1, walked, less_is_better=False)


@cache
def made_walk() -> WalkForward:
    """Three folds with days that moved."""
    random = np.random.default_rng(3)
    folds = [fold(number, {ENTRY: "0.0003", EXIT: None}) for number in (1, 2, 3)]
    return walk(*(replace(one, daily=tuple(random.normal(1e-4, 1e-3, 30).tolist())) for one in folds))


def made_sweep(shape: Sequence[int] = (6, 5, 3)) -> StoredSweep:
    """A sweep as it is read back."""
    walked, pictures = made_walk(), made_pictures(shape, made_walk())
    params = {f"strategy.axis_{n}": "1" for n in range(len(shape))}
    results = tuple(
        RankedTrial(rank, trial(rank, params, (1,) * len(shape), 5.0 - rank / 10), 4.5, rank < 3)
        for rank in range(1, 11)
    )
    verdict = judge(PASSING, walked, -3.0)
    document = {
        "sweep_id": "abcdef012345",
        "from": "2024-01-01T00:00:00Z",
        "to": "2024-06-01T00:00:00Z",
        "lane": "fast",
        "trials": int(np.prod(shape)),
        "skipped": 4,
        "seconds": 1.0,
        "metric": "sharpe_daily",
        "results": [result_document(one) for one in results],
        "largest_lane_difference": 1e-9,
        "walk_forward": walk_forward_document(walked),
        "statistics": statistics_document(PASSING),
        "verdict": verdict_document(verdict),
    }
    return StoredSweep(document, results, walked, pictures)


def swept_material(shape: Sequence[int] = (6, 5, 3)) -> Material:
    """A sweep with two leaders."""
    first = made_material()
    second = made_run(("BTC/USDT:USDT",), run_id="1111111111111111")
    config = (*first.config, second.params)
    return Material((*first.runs, second), first.benchmarks, first.markets, first.streams, config, made_sweep(shape))


def huge_material() -> Material:
    """Two years, 500 pairs, a sample every hour, five hundred trades; rates and basis of twenty pairs."""
    pairs = [f"COIN{number:03}/USDT:USDT" for number in range(500)]
    run = made_run(pairs, days=730, every_ms=HOUR)
    idle = made_run((), days=730, mode="cash", run_id="fedcba9876543210", every_ms=HOUR)
    markets = tuple(made_market(pair, 730, seed) for seed, pair in enumerate(pairs[:20]))
    return Material((run,), (idle,), markets, made_streams(pairs), (run.params,))
