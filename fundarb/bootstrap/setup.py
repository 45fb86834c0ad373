"""What research needs of the settings."""

from __future__ import annotations

from fundarb.config.settings import Settings
from fundarb.research.rules import Setup


def setup_of(settings: Settings, flat: dict[str, str | None] | None = None) -> Setup:
    """The parameters of a run, typed and flat; `flat` where someone has made it already."""
    return Setup(
        capital=settings.capital,
        strategy=settings.strategy,
        sizing=settings.sizing,
        risk=settings.risk,
        margin=settings.margin,
        costs=settings.costs,
        backtest=settings.backtest,
        flat=settings.flat() if flat is None else flat,
    )
