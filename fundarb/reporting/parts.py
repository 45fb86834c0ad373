"""A run taken apart: by pair, by the reason a trade ended for, by month. The parts add up to the totals, to the digit.

What belongs to no trade (interest, what dust became worth, adjustments) is a row of its own, `rest`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from fundarb.domain.money import canonical
from fundarb.domain.position import Split
from fundarb.domain.result import RunResult, TradeRow
from fundarb.reporting.months import month_of_close, month_splits
from fundarb.reporting.run_document import SPLIT

BY = ("pair", "reason", "month")
REST, OPEN = "rest", "open"
PART_COLUMNS = ("trades", "wins", *SPLIT)


@dataclass(frozen=True, slots=True)
class Part:
    """One row: closed trades and how many of them won, and where the money came from."""

    key: str
    trades: int
    wins: int
    split: Split


def parts(run: RunResult, by: str) -> list[Part]:
    """The run by `pair`, `reason` or `month`, in order of the key; `rest` last where there is any."""
    found = {"pair": _by_pair, "reason": _by_reason, "month": _by_month}[by](run)
    left = less(run.totals.split, sum((part.split for part in found), Split()))
    return found if left == Split() else [*found, Part(REST, 0, 0, left)]


def part_document(part: Part, by: str) -> dict[str, Any]:
    """A part under the name of what it was taken apart by."""
    split = {name: canonical(getattr(part.split, name)) for name in SPLIT}
    return {by: part.key, "trades": part.trades, "wins": part.wins, **split}


def less(whole: Split, part: Split) -> Split:
    """What is left of a split."""
    return Split(
        whole.funding - part.funding,
        whole.price - part.price,
        whole.fees - part.fees,
        whole.slippage - part.slippage,
        whole.other - part.other,
    )


def _by_pair(run: RunResult) -> list[Part]:
    return _grouped((*run.trades, *run.open), lambda trade: trade.pair)


def _by_reason(run: RunResult) -> list[Part]:
    return _grouped((*run.trades, *run.open), lambda trade: trade.close_reason or OPEN)


def _by_month(run: RunResult) -> list[Part]:
    closed: dict[str, list[TradeRow]] = {}
    for trade in run.trades:
        closed.setdefault(month_of_close(run, trade), []).append(trade)
    return [
        Part(month, len(closed.get(month, ())), _wins(closed.get(month, ())), split)
        for month, split in month_splits(run).items()
    ]


def _grouped(trades: Iterable[TradeRow], key_of: Callable[[TradeRow], str]) -> list[Part]:
    groups: dict[str, list[TradeRow]] = {}
    for trade in trades:
        groups.setdefault(key_of(trade), []).append(trade)
    return [
        Part(
            key,
            sum(trade.closed_ms is not None for trade in group),
            _wins(group),
            sum((trade.split for trade in group), Split()),
        )
        for key, group in sorted(groups.items())
    ]


def _wins(trades: Sequence[TradeRow]) -> int:
    return sum(trade.closed_ms is not None and trade.split.net > 0 for trade in trades)
