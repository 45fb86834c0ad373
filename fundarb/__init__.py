"""fundarb: funding-rate arbitrage at the command line (buy spot, short the perpetual, collect funding).

From Python it offers the names of `__all__`, imported when they are first asked for; anything else may change."""

from __future__ import annotations

TYPE_CHECKING = False  # typing's own would cost the start-up its import
if TYPE_CHECKING:
    from fundarb.bootstrap.library import Store, backtest, load_panel, open_store, plot

__version__ = "0.1.0"
__all__ = ["Store", "backtest", "load_panel", "open_store", "plot"]


def __getattr__(name: str) -> object:
    """A name of the library, which is imported now."""
    if name not in __all__:
        raise AttributeError(f"module 'fundarb' has no attribute {name!r}; it offers {', '.join(__all__)}")
    from importlib import import_module

    return getattr(import_module("fundarb.bootstrap.library"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
