"""What a strategy thinks of a market right now: its plan over the trailing panel, laid on this one moment.

A band is fitted for the first decision of each UTC month and of the portfolio, before the prices of that decision are asked
for; what was fitted is kept for the month."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from fundarb.domain.instants import DAY, LONGEST_INTERVAL
from fundarb.domain.money import canonical
from fundarb.engine.planned import PlannedReplay
from fundarb.engine.timeline import build_timeline
from fundarb.engine.trading.picture import Picture
from fundarb.signals.lookback import HORIZON, Reach
from fundarb.strategy.band import as_bp
from fundarb.strategy.params import Mode, StrategyParams
from fundarb.strategy.plan import Setting
from fundarb.strategy.table import PREPARE

BP = 4  # decimals between a fraction and basis points


class Prices(NamedTuple):
    """What trading and idle capital cost, in basis points."""

    round_trip_bp: float
    charge_bp: float


@dataclass(frozen=True, slots=True)
class Memory:
    """Small state of a portfolio that survives a restart."""

    recall: Callable[[str], Awaitable[str | None]]
    remember: Callable[[str, str], Awaitable[None]]


@dataclass(slots=True)
class Thinking:
    """One mode's plans for one portfolio."""

    mode: Mode
    params: StrategyParams
    prices: Prices
    memory: Memory

    async def foresee(self, picture: Picture) -> None:
        """Make the signals of a new picture, and fit what is to be fitted on it, before prices are asked for: those are to
        be fresh when it is decided."""
        if self.mode in ("composite", "band"):
            from fundarb.strategy.composite import score

            until_ms = picture.panel.until_ms
            setting = self._setting(picture, until_ms, until_ms)
            await asyncio.to_thread(score, picture.panel, self.params.composite.weights, setting)
            await self._fitted(picture, setting)

    async def planned(self, picture: Picture, from_ms: int, at_ms: int) -> PlannedReplay:
        """The plan as of now, on a timeline of this one moment; `from_ms` is the portfolio's first deposit."""
        setting = self._setting(picture, from_ms, at_ms)
        params = await self._fitted(picture, setting)
        plan = await asyncio.to_thread(PREPARE[self.mode], picture.panel, params, setting)
        return PlannedReplay(plan, picture.panel, build_timeline(picture.panel, at_ms, at_ms))

    async def in_force(self, at_ms: int) -> StrategyParams:
        """The parameters, with what was fitted for the month where that was done."""
        kept = None if self.mode != "band" or self._given() else await self.memory.recall(_month(at_ms))
        return self.params if kept is None else self._with_edges(kept)

    async def reach(self, at_ms: int) -> Reach:
        """How far back this mode looks for a decision now."""
        match self.mode:
            case "cash" | "hold":
                return Reach(DAY, 1)
            case "simple":
                count = self.params.simple.min_consecutive
                return Reach((count + 1) * LONGEST_INTERVAL, count)
            case "band":
                from fundarb.signals.band_fit import WINDOW

                kept = self._given() or await self.memory.recall(_month(at_ms)) is not None
                return Reach() if kept else Reach(HORIZON + WINDOW)
            case _:  # as far as any signal looks
                return Reach()

    def _setting(self, picture: Picture, from_ms: int, at_ms: int) -> Setting:
        """What is known beside the panel; what plans on one picture have in common is made once."""
        return Setting(
            from_ms=from_ms,
            event_times=np.array([at_ms], dtype=np.int64),
            round_trip_bp=self.prices.round_trip_bp,
            charge_bp=self.prices.charge_bp,
            stand_ins=picture.market.stand_ins,
            remember=picture.memo,
        )

    async def _fitted(self, picture: Picture, setting: Setting) -> StrategyParams:
        """The parameters with the edges of the band that holds in the month of the picture, fitted now if there are none:
        it reaches as far back as that takes, as `reach` said when it was made."""
        if self.mode != "band" or self._given():
            return self.params
        month = _month(picture.panel.until_ms)
        kept = await self.memory.recall(month)
        if kept is None:
            kept = await asyncio.to_thread(self._fit, picture, setting)
            await self.memory.remember(month, kept)
        return self._with_edges(kept)

    def _with_edges(self, kept: str) -> StrategyParams:
        enter, leave = (Decimal(text).scaleb(-BP) for text in kept.split())
        band = self.params.band.model_copy(update={"enter": enter, "exit": leave})
        return self.params.model_copy(update={"band": band})

    def _fit(self, picture: Picture, setting: Setting) -> str:
        """The edges in basis points, as text."""
        from fundarb.signals.band_fit import Edges, fit_edges
        from fundarb.strategy.composite import score

        own = self.params.band
        found = score(picture.panel, self.params.composite.weights, setting)
        given = Edges(as_bp(own.enter), as_bp(own.exit))
        settled, until_ms = picture.panel.settlements, picture.panel.until_ms
        edges = fit_edges(settled, found.forecast, until_ms, setting.charge_bp, setting.cost_bp, given)
        return f"{canonical(edges.enter)} {canonical(edges.exit)}"

    def _given(self) -> bool:
        return self.params.band.enter is not None and self.params.band.exit is not None


def _month(at_ms: int) -> str:
    return f"band {datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m}"
