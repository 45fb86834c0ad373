"""Positions and opportunities of a scene as cells of text: what matters most first, as many columns as there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate

from fundarb.accounting.funding import rate_8h
from fundarb.reporting.charts.sparkline import sparkline
from fundarb.reporting.quantities import quantity
from fundarb.reporting.scene import Chance, Scene, SeenPosition
from fundarb.reporting.scene_words import clock, lasting, money, signed
from fundarb.reporting.short_names import short_pairs

GAP, NARROW_GAP = 2, 1
TREND = 16
LEAST_REASON = 24


@dataclass(frozen=True, slots=True)
class Cells:
    """A table of text; `left` are the columns that begin at the left."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: frozenset[str]
    gap: int = GAP

    @property
    def widths(self) -> list[int]:
        """How wide each column is."""
        return [max(map(len, cells)) for cells in zip(self.columns, *self.rows, strict=True)]

    def fitting(self, width: int) -> Cells:
        """As many of the columns, from the left, as fit side by side; closer together where that saves one."""
        kept, gap = max((self._fitting(width, gap), gap) for gap in (NARROW_GAP, GAP))
        return Cells(self.columns[:kept], [row[:kept] for row in self.rows], self.left, gap)

    def _fitting(self, width: int, gap: int) -> int:
        ends = accumulate(width + gap for width in self.widths)
        return sum(end - gap <= width for end in ends)


def positions_table(scene: Scene, width: int, most: int) -> Cells:
    """The first open positions, with both legs; the portfolio's name where there are several."""
    several = len(scene.portfolios) > 1
    held = [(one, position) for one in scene.portfolios for position in one.positions][:most]
    names = short_pairs(list(dict.fromkeys(position.pair for _, position in held)))
    columns = (
        *(("portfolio",) if several else ()),
        *("pair", "spot", "perp", "delta", "value", "margin", "to liq", "settles", "rate", "expects", "net"),
        *("age", "funding", "price", "fees", "slippage"),
    )
    rows = [
        ((one.name,) if several else ()) + _position(position, names[position.pair], scene.health.now_ms)
        for one, position in held
    ]
    return Cells(columns, rows, frozenset({"portfolio", "pair"})).fitting(width)


def chances_table(scene: Scene, width: int, most: int) -> Cells:
    """The best of what is on offer, and why it is taken or left."""
    best = scene.chances[:most]
    names = short_pairs([one.row.pair for one in best])
    columns = ("pair", "does", "score", "rate 8h", "predicted", "settles", "trend", "reason")
    rows = [_chance(one, names[one.row.pair]) for one in best]
    fixed = Cells(columns[:-1], [row[:-1] for row in rows], frozenset({"pair", "does", "trend"})).fitting(width)
    used = sum(each + fixed.gap for each in fixed.widths)
    if width - used < LEAST_REASON:
        return fixed
    shown = [(*row, _cut(whole[-1], width - used)) for row, whole in zip(fixed.rows, rows, strict=True)]
    return Cells((*fixed.columns, "reason"), shown, fixed.left | {"reason"}, fixed.gap)


def _position(one: SeenPosition, name: str, now_ms: int) -> tuple[str, ...]:
    split = one.split
    return (
        name,
        quantity(one.spot),
        quantity(one.perp),
        quantity(one.delta),
        money(one.value),
        money(one.margin),
        "" if one.room is None else f"{float(one.room) * 100:+.1f}%",
        "" if one.next_ms is None else clock(one.next_ms),
        percent(one.rate),
        "" if one.expected is None else signed(one.expected),
        signed(split.net),
        lasting(now_ms - one.opened_ms),
        signed(split.funding),
        signed(split.price),
        signed(-split.fees),
        signed(-split.slippage),
    )


def _chance(one: Chance, name: str) -> tuple[str, ...]:
    row = one.row
    level = float(rate_8h(row.rate, row.interval_ms)) if row.rate is not None and row.interval_ms else None
    return (
        name,
        _does(one),
        "" if row.score is None else f"{row.score:.3f}",
        percent(level),
        percent(one.predicted),
        "" if one.next_ms is None else clock(one.next_ms),
        sparkline(one.settled, TREND),
        row.reason,
    )


def _does(one: Chance) -> str:
    """What the mode would do, in a word."""
    if one.row.held:
        return "leave" if one.row.exit else "held"
    return "enter" if one.row.enter else "-"


def percent(rate: Decimal | float | None) -> str:
    """A rate as a percentage with its sign."""
    return "" if rate is None else f"{float(rate) * 100:+.4f}%"


def _cut(text: str, width: int) -> str:
    """At most so wide; where words are missing dots say so."""
    return text if len(text) <= width else f"{text[: width - 1]}…"
