"""Part of the second implementation of semantics.md: its parameters, read from paths, with the defaults of the page."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from fundarb.domain.instrument import Pair

HOUR = 3_600_000
DEFAULTS = {
    "capital": "10000",
    "strategy.simple.entry": "0.0003",
    "strategy.simple.exit": "0.0001",
    "strategy.simple.min_consecutive": "1",
    "strategy.composite.enter": "0.60",
    "strategy.composite.exit": "0.40",
    "strategy.composite.rotate": "true",
    "strategy.min_hold_h": "0",
    "strategy.exit_after_h": "0",
    "sizing.mode": "fixed",
    "sizing.size_usd": "1000",
    "sizing.size_min": "200",
    "sizing.size_max": "2000",
    "sizing.c_min": "0.60",
    "sizing.c_max": "0.80",
    "sizing.drawdown_start": "0.02",
    "sizing.drawdown_stop": "0.10",
    "sizing.rho": "0",
    "risk.max_positions": "5",
    "risk.max_portfolio": "0.5",
    "risk.pair_cap": "2000",
    "risk.min_free_cash": "0.1",
    "risk.max_break_even_h": "0",
    "risk.min_volume": "0",
    "margin.mode": "isolated",
    "margin.leverage": "2",
    "margin.mmr": "0.005",
    "margin.guard": "0.20",
    "margin.liq_loss": "all",
    "costs.fee_spot": "0.001",
    "costs.fee_perp": "0.00055",
    "costs.slippage_bps": "5",
    "costs.spot_fee_in": "base",
    "costs.delist_haircut": "0.05",
    "costs.idle_apr": "0",
    "backtest.close_at_end": "true",
    "backtest.spot_source": "spot",
    "backtest.delay": "0s",
}


class Costs(NamedTuple):
    """What one pair costs, as fractions."""

    fee_spot: Fraction
    fee_perp: Fraction
    slippage: Fraction
    in_base: bool

    @property
    def round_trip(self) -> Fraction:
        return 2 * (self.fee_spot + self.fee_perp) + 4 * self.slippage


class Terms:
    """Parameters by path."""

    def __init__(self, sets: Mapping[str, str]) -> None:
        self._given = DEFAULTS | dict(sets)

    def word(self, path: str) -> str:
        return self._given[path]

    def flag(self, path: str) -> bool:
        return self._given[path] == "true"

    def number(self, path: str) -> Fraction:
        return Fraction(self._given[path])

    def limit(self, path: str) -> Fraction | None:
        """None where it is off: 0 or null."""
        text = self._given[path]
        return None if text == "null" or not Fraction(text) else Fraction(text)

    def span(self, path: str) -> int | None:
        """Hours as milliseconds."""
        hours = self.limit(path)
        return None if hours is None else int(hours * HOUR)

    @property
    def delay(self) -> int:
        """Written in minutes, or nothing."""
        return 60_000 * int(self.word("backtest.delay").removesuffix("s").removesuffix("m"))

    @property
    def isolated(self) -> bool:
        return self.word("margin.mode") == "isolated"

    @property
    def slots(self) -> int | None:
        found = self.limit("risk.max_positions")
        return None if found is None else int(found)

    def costs(self, pair: Pair) -> Costs:
        def own(name: str) -> Fraction:
            for called in (pair.symbol, pair.compact, pair.base):
                text = self._given.get(f"costs.pairs.{called}.{name}")
                if text is not None and text != "null":
                    return Fraction(text)
            return self.number(f"costs.{name}")

        in_base = self.word("costs.spot_fee_in") == "base"
        return Costs(own("fee_spot"), own("fee_perp"), own("slippage_bps") / 10_000, in_base)

    def mmr(self, pair: Pair) -> Fraction:
        return self.number("margin.mmr") if pair.mmr is None else Fraction(pair.mmr)
