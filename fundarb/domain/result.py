"""What a backtest (or a trading ledger read as one) says: totals, metrics, counts, trades, equity, and its caveats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from fundarb.domain.ledger import LedgerLine
from fundarb.domain.position import Split

FLAGS = (
    "spot_source_perp",
    "missing_settlements",
    "untradable",
    "open_at_end",
    "stale_price",
    "unfunded",
    "universe_by_turnover",
)
METRICS = (
    "apr_on_capital",
    "cagr",
    "sharpe_daily",
    "sharpe_weekly",
    "sharpe_lo",
    "sortino",
    "max_drawdown",
    "calmar",
    "win_rate",
    "profit_factor",
    "utilisation",
    "fee_drag",
    "funding_capture",
    "avg_hold_hours",
    "turnover",
    "return_on_capital",
)


@dataclass(frozen=True, slots=True)
class TradeRow:
    """A trade as reported; `closed_ms` and `close_reason` are None while it is open."""

    pair: str
    opened_ms: int
    closed_ms: int | None
    qty: Decimal
    open_reason: str
    close_reason: str | None
    split: Split


@dataclass(frozen=True, slots=True)
class Counts:
    """How often things happened."""

    trades: int = 0
    entries: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    no_price: int = 0
    missing_settlements: int = 0
    stale_marks: int = 0
    stale_prices: int = 0
    liquidations: int = 0
    guards: int = 0
    delistings: int = 0
    rotations: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the run, exact; `lowest_cash` is the lowest cash + unrealised P&L over the samples."""

    split: Split
    equity: Decimal
    lowest_cash: Decimal


@dataclass(frozen=True, slots=True)
class RunResult:
    """One mode over one range: everything a report needs, reproducible byte for byte.

    A trading portfolio read as a run has its name in `portfolio`, and as the id it is shown under.
    Its repr leaves out the long parts: asyncio makes one of every task's result."""

    run_id: str
    mode: str
    from_ms: int
    to_ms: int
    params: Mapping[str, str | None] = field(repr=False)
    data_hash: str
    flags: tuple[str, ...]
    totals: Totals
    metrics: Mapping[str, float | None]
    counts: Counts
    universe: tuple[str, ...]
    excluded: Mapping[str, str]
    trades: tuple[TradeRow, ...] = field(repr=False)
    open: tuple[TradeRow, ...] = field(repr=False)
    equity: tuple[tuple[int, Decimal], ...] = field(repr=False)
    ledger: tuple[LedgerLine, ...] = field(repr=False)
    portfolio: str | None = None
