"""The strategies by name. Adding one: a file of its own, a line here, a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fundarb.strategy import band, cash, composite, hold, simple
from fundarb.strategy.params import StrategyParams
from fundarb.strategy.plan import Plan, Setting

if TYPE_CHECKING:
    from collections.abc import Callable

    from fundarb.signals.panel import Panel

PREPARE: dict[str, Callable[[Panel, StrategyParams, Setting], Plan]] = {
    "cash": lambda panel, _, setting: cash.prepare(panel, setting),
    "hold": lambda panel, _, setting: hold.prepare(panel, setting),
    "simple": lambda panel, params, setting: simple.prepare(panel, params.simple, setting),
    "composite": lambda panel, params, setting: composite.prepare(panel, params.composite, setting),
    "band": lambda panel, params, setting: band.prepare(panel, (params.band, params.composite), setting),
}
