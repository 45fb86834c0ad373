"""A walk-forward as rows and words: what was chosen where, what it did later, and how far the choice moved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fundarb.domain.folds import Fold, FoldResult, OutOfSample, WalkForward
from fundarb.domain.instants import DAY, iso
from fundarb.domain.money import canonical
from fundarb.reporting.figures import amount, fitting
from fundarb.reporting.short_names import short_names

LEADING = ("fold", "train_from", "train_to", "test_from", "test_to")
FIGURES = ("in_sample", "neighbourhood", "out_of_sample", "net", "trades", "equity")


def walk_forward_document(walk: WalkForward) -> dict[str, Any]:
    """`{"metric", "anchored", "folds": […], "drift": […], "out_of_sample": {…}}`."""
    return {
        "metric": walk.metric,
        "anchored": walk.anchored,
        "folds": [_fold_document(one) for one in walk.folds],
        "drift": [
            {"path": one.path, "steps": list(one.steps), "median": one.median, "stable": one.stable}
            for one in walk.drift
        ],
        "out_of_sample": _later_document(walk.out_of_sample),
    }


def _edges(fold: Fold) -> dict[str, str]:
    return {
        "train_from": iso(fold.train.start_ms),
        "train_to": iso(fold.train.end_ms),
        "test_from": iso(fold.test.start_ms),
        "test_to": iso(fold.test.end_ms),
    }


def _fold_document(one: FoldResult) -> dict[str, Any]:
    return {
        "fold": one.fold.number,
        **_edges(one.fold),
        "params": None if one.params is None else dict(one.params),
        "in_sample": one.in_sample,
        "neighbourhood": one.neighbourhood,
        "out_of_sample": one.out_of_sample,
        "net": canonical(one.net),
        "trades": one.trades,
        "capital": canonical(one.capital),
        "equity": canonical(one.equity),
    }


def _later_document(out: OutOfSample) -> dict[str, Any]:
    return {
        "days": out.days,
        "net": canonical(out.net),
        "equity": canonical(out.equity),
        "trades": out.trades,
        "apr_on_capital": out.apr_on_capital,
        "sharpe_daily": out.sharpe_daily,
        "sharpe_low": out.sharpe_low,
        "sharpe_high": out.sharpe_high,
        "sortino": out.sortino,
        "max_drawdown": out.max_drawdown,
        "block_days": out.block_days,
        "lacking": out.lacking,
    }


def people_folds(walk: WalkForward, width: int) -> tuple[tuple[str, ...], list[dict[str, Any]]]:
    """A row a fold, days without their midnight; the columns that fit, the outcome first."""
    paths = next((tuple(one.params) for one in walk.folds if one.params is not None), ())
    shown = short_names(paths)
    rows = [_people_row(one, shown) for one in walk.folds]
    names = tuple(shown.values())
    wanted = ("fold", "test_from", "out_of_sample", "in_sample", *names, "net", "trades", "neighbourhood")
    return fitting(
        (*LEADING, *names, *FIGURES), (*wanted, "test_to", "train_from", "train_to", "equity"), rows, width
    ), rows


def _people_row(one: FoldResult, shown: dict[str, str]) -> dict[str, Any]:
    chosen = {} if one.params is None else one.params
    return {
        "fold": one.fold.number,
        **{name: text[:10] for name, text in _edges(one.fold).items()},
        **{short: _cell(chosen, path) for path, short in shown.items()},
        "in_sample": amount(one.in_sample),
        "neighbourhood": amount(one.neighbourhood),
        "out_of_sample": amount(one.out_of_sample),
        "net": amount(one.net),
        "trades": one.trades,
        "equity": amount(one.equity),
    }


def _cell(chosen: Any, path: str) -> str | None:
    """Nothing where nothing was chosen, `null` where null was."""
    return None if path not in chosen else "null" if chosen[path] is None else chosen[path]


def folds_words(walk: WalkForward, to_ms: int) -> Iterator[str]:
    """What the rows do not say by themselves; `to_ms` is where the range ends."""
    out, count = walk.out_of_sample, len(walk.folds)
    sharpe = "no Sharpe" if out.sharpe_daily is None else f"a Sharpe of {out.sharpe_daily:.2f}"
    bounds = "" if out.sharpe_low is None else f" (95 %: {out.sharpe_low:.2f} to {out.sharpe_high:.2f})"
    yield (
        f"out of sample: {amount(out.net)} on {out.days} days in {count} stretch{'es' * (count > 1)}, {sharpe}{bounds}; "
        "positions are closed at every edge, which costs a round trip each"
    )
    if out.lacking is not None:
        yield f"no interval of that Sharpe: {out.lacking}"
    unused = (to_ms - walk.folds[-1].fold.test.end_ms) // DAY
    if unused:
        yield f"the last {unused} day{'s' * (unused > 1)} of the range fill{'s' * (unused == 1)} no test stretch"
    idle = [str(one.fold.number) for one in walk.folds if one.params is None]
    if idle:
        yield f"nothing to choose in fold {', '.join(idle)}: no set had a {walk.metric} there, so the capital lay idle"
    moving = [f"{one.path} ({one.median:g} steps)" for one in walk.drift if not one.stable]
    if moving:
        yield f"the choice drifts from fold to fold: {', '.join(moving)}"
    elif walk.drift:
        yield "the choice stays where it is: its median move is at most one step of the grid on every axis"
