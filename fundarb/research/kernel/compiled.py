"""Compilation: numba where it is installed (extra `fast`), plain Python where it is not (for tests only).

Numba's disk cache does not notice an edited callee, so it stands in a directory named after all sources that are compiled.
The scalar money rules of `accounting` are compiled from their one source."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TypeVar, cast

from fundarb.accounting import fees, funding, grid, lots, margin, pricing
from fundarb.research.kernel.cache import cache_directory

Function = TypeVar("Function", bound=Callable[..., object])
SHARED: tuple[Callable[..., object], ...] = (
    grid.whole_steps,
    grid.covering_steps,
    grid.floored,
    lots.affordable_qty,
    lots.spot_order,
    lots.sellable,
    lots.guard_qty,
    lots.guard_excess,
    margin.guard_due,
    margin.liquidation_due,
    pricing.bought_at,
    pricing.sold_at,
    pricing.haircut_price,
    fees.fee_value,
    fees.base_fee,
    fees.arrived,
    fees.round_trip,
    funding.payment,
)
# Without numba's runtime nothing can be allocated inside, and no array is counted at every call: six times as fast.
OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "_nrt": False, "no_cfunc_wrapper": True}
# What only compiled code calls needs no way in from Python: a third of what there would be to compile.
INNER: dict[str, Any] = {**OPTIONS, "no_cpython_wrapper": True}


@cache
def numba_version() -> str | None:
    """The numba that is installed, if any; looked up without importing it."""
    try:
        return version("numba")
    except PackageNotFoundError:
        return None


def entry(function: Function) -> Function:
    """Compile what Python calls, when it first does; kept on disk together with all it calls."""
    return _jit(function, **OPTIONS, cache=True)


def compiled(function: Function) -> Function:
    """Compile what only compiled code calls; without numba the function itself."""
    return _jit(function, **INNER)


def inlined(function: Function) -> Function:
    """As `compiled`, for what runs at every event from one place: its many arguments are then never handed over."""
    return _jit(function, **INNER, forceinline=True)


def merged(function: Function) -> Function:
    """As `inlined`, before it is compiled: the largest function then passes through the compiler once less."""
    return _jit(function, **INNER, inline="always")


def _jit(function: Function, **options: Any) -> Function:
    if not numba_version():
        return function
    import numba

    _prepare()
    return cast("Function", numba.njit(**options)(function))


@cache
def _prepare() -> None:
    import numba
    from numba.extending import register_jitable

    numba.config.CACHE_DIR = str(cache_directory())  # type: ignore[attr-defined]  # set when numba starts
    for shared in SHARED:
        register_jitable(shared)
