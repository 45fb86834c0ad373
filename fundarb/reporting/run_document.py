"""Runs as data: the JSON object of `backtest` and `report`, and the rows of their tables, under the same names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from fundarb.domain.instants import iso
from fundarb.domain.money import canonical
from fundarb.domain.position import Split
from fundarb.domain.result import METRICS, Counts, RunResult, TradeRow

SPLIT = ("funding", "price", "fees", "slippage", "other", "net")
TRADE_COLUMNS = ("pair", "opened_at", "closed_at", "qty", "open_reason", "close_reason", *SPLIT)
RUN_TRADE_COLUMNS = ("run_id", "mode", *TRADE_COLUMNS)
EQUITY_COLUMNS = ("run_id", "mode", "time", "value")
Document = dict[str, Any]


def runs_document(
    runs: Sequence[RunResult], benchmarks: Sequence[RunResult], *, trades: bool, equity: bool
) -> Document:
    """`{"runs": […], "benchmarks": {"cash": …, "hold": …, "simple": …}}`."""
    return {
        "runs": [run_document(run, trades=trades, equity=equity) for run in runs],
        "benchmarks": {run.mode: run_document(run, trades=False, equity=False) for run in benchmarks},
    }


def run_document(run: RunResult, *, trades: bool, equity: bool) -> Document:
    """One run; money as canonical text, metrics and counts as numbers, times ISO UTC."""
    document: Document = {
        "run_id": run.run_id if run.portfolio is None else None,
        **({} if run.portfolio is None else {"portfolio": run.portfolio}),
        "mode": run.mode,
        "from": iso(run.from_ms),
        "to": iso(run.to_ms),
        "params": dict(run.params),
        "data_hash": run.data_hash,
        "flags": list(run.flags),
        "totals": {
            **_split(run.totals.split),
            "equity": canonical(run.totals.equity),
            "lowest_cash": canonical(run.totals.lowest_cash),
        },
        "metrics": {name: run.metrics[name] for name in METRICS},
        "counts": {one.name: _count(getattr(run.counts, one.name)) for one in fields(run.counts)},
        "open_at_end": [trade.pair for trade in run.open],
        "excluded": dict(run.excluded),
    }
    if trades:
        document["trades"] = [trade_document(trade) for trade in run.trades]
        document["open"] = [trade_document(trade) for trade in run.open]
    if equity:
        document["equity"] = [[iso(at_ms), canonical(value)] for at_ms, value in run.equity]
    return document


def trade_document(trade: TradeRow) -> Document:
    """A trade; what is not over has nulls for its end."""
    return {
        "pair": trade.pair,
        "opened_at": iso(trade.opened_ms),
        "closed_at": None if trade.closed_ms is None else iso(trade.closed_ms),
        "qty": canonical(trade.qty),
        "open_reason": str(trade.open_reason),
        "close_reason": None if trade.close_reason is None else str(trade.close_reason),
        **_split(trade.split),
    }


def run_rows(runs: Sequence[tuple[str, RunResult]]) -> list[dict[str, Any]]:
    """One row a run, the benchmarks that are not among them last."""
    return [_run_row(role, run) for role, run in runs]


RUN_COLUMNS = (
    "role",
    "mode",
    "net",
    "apr_on_capital",
    "sharpe_daily",
    "max_drawdown",
    "trades",
    "funding",
    "price",
    "fees",
    "slippage",
    "other",
    "equity",
    "win_rate",
    "utilisation",
    "fee_drag",
    "flags",
    "run_id",
)


EVERY_RUN_COLUMN = (
    *RUN_COLUMNS,
    *("from", "to", "lowest_cash"),
    *(name for name in METRICS if name not in RUN_COLUMNS),
    *(one.name for one in fields(Counts) if one.name != "trades"),
    *("open_at_end", "data_hash"),
)


def _run_row(role: str, run: RunResult) -> dict[str, Any]:
    document = run_document(run, trades=False, equity=False)
    metrics: Mapping[str, float | None] = document["metrics"]
    refused = " ".join(f"{reason}:{count}" for reason, count in document["counts"]["refused"].items())
    lists = {"flags": " ".join(run.flags), "refused": refused, "open_at_end": " ".join(document["open_at_end"])}
    head = {"role": role, "run_id": run.run_id}
    return {**document, **document["totals"], **metrics, **document["counts"], **head, **lists}


def trade_rows(runs: Sequence[RunResult]) -> list[dict[str, Any]]:
    """Every trade of every run, those still open last, with the run they belong to."""
    return [
        {"run_id": run.run_id, "mode": run.mode, **trade_document(trade)}
        for run in runs
        for trade in (*run.trades, *run.open)
    ]


def equity_rows(runs: Sequence[RunResult]) -> list[dict[str, Any]]:
    """Every sample of every run."""
    return [
        {"run_id": run.run_id, "mode": run.mode, "time": iso(at_ms), "value": canonical(value)}
        for run in runs
        for at_ms, value in run.equity
    ]


def _split(split: Split) -> dict[str, str]:
    return {name: canonical(getattr(split, name)) for name in SPLIT}


def _count(value: int | Mapping[str, int]) -> int | dict[str, int]:
    return value if isinstance(value, int) else {str(reason): count for reason, count in value.items()}
