"""Which instruments there are at a moment: announced, trading, delivering or gone, by category and symbol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from fundarb.sandbox.envelope import Refusal
from fundarb.sandbox.market.source import Category, Instrument, MarketSource
from fundarb.sandbox.public.asking import BAD_PARAMETER, required

Status = Literal["PreLaunch", "Trading", "Delivering", "Closed"]
UNSERVED = ("inverse", "option")  # categories the venue knows and this exchange has nothing of


class Catalogue:
    """The instruments of a market by (category, symbol), with a number each that stays the same."""

    def __init__(self, market: MarketSource) -> None:
        every = sorted(market.instruments(), key=lambda each: each.symbol)
        self._numbered = {(each.category, each.symbol): (number, each) for number, each in enumerate(every, 1)}

    def number(self, instrument: Instrument) -> int:
        """Its `symbolId`."""
        return self._numbered[instrument.category, instrument.symbol][0]

    def known(self, category: Category, now_ms: int) -> list[Instrument]:
        """Everything of a category that was ever announced, in symbol order."""
        return [
            each for _, each in self._numbered.values() if each.category == category and each.announced_ms <= now_ms
        ]

    def trading(self, category: Category, now_ms: int) -> list[Instrument]:
        """What trades now, in symbol order."""
        return [each for each in self.known(category, now_ms) if status_of(each, now_ms) == "Trading"]

    def asked(self, params: Mapping[str, Any], now_ms: int, category: Category) -> Instrument:
        """The instrument that `symbol` names, dead ones too: their history stays."""
        _, found = self._numbered.get((category, required(params, "symbol")), (0, None))
        if found is None or found.announced_ms > now_ms:
            raise Refusal(BAD_PARAMETER, "Not supported symbols")
        return found

    def asked_live(self, params: Mapping[str, Any], now_ms: int, category: Category) -> Instrument:
        """The instrument that `symbol` names if it trades now."""
        found = self.asked(params, now_ms, category)
        if status_of(found, now_ms) != "Trading":
            raise Refusal(BAD_PARAMETER, "Not supported symbols")
        return found


def status_of(instrument: Instrument, now_ms: int) -> Status:
    """Where an announced instrument stands in its life."""
    if now_ms < instrument.launch_ms:
        return "PreLaunch"
    if instrument.gone_ms is not None and now_ms >= instrument.gone_ms:
        return "Closed"
    return "Trading" if instrument.trades(now_ms) else "Delivering"


def category_of(params: Mapping[str, Any], served: tuple[Category, ...] = get_args(Category)) -> Category:
    """The category asked for, which must be one that is served here."""
    asked = params.get("category")
    for category in served:
        if asked == category:
            return category
    raise Refusal(BAD_PARAMETER, "params error: Category is invalid" if asked else "params error: category is required")
