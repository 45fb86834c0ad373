"""What research needs of the settings."""

from __future__ import annotations

from fundarb.config.settings import Settings
from fundarb.research.rules import Setup


def setup_of(settings: Settings) -> Setup:
    """The parameters of a run, typed and flat."""
    return Setup(
        capital=settings.capital,
        strategy=settings.strategy,
        sizing=settings.sizing,
        risk=settings.risk,
        margin=settings.margin,
        costs=settings.costs,
        backtest=settings.backtest,
        flat=settings.flat(),
    )
