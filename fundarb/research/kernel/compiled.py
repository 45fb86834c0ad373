"""Compilation: numba where it is installed (extra `fast`), plain Python where it is not (for tests only).

Numba's disk cache does not notice an edited callee, so it stands in a directory named after all sources that are compiled.
The scalar money rules of `accounting` are compiled from their one source."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar, cast

from fundarb.accounting import fees, funding, grid, lots, pricing

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
OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}
_MODULES = (fees, funding, grid, lots, pricing)
_SOURCES = (*(Path(str(module.__file__)) for module in _MODULES), *Path(__file__).parent.glob("*.py"))


def numba_version() -> str | None:
    """The numba that is installed, if any; looked up without importing it."""
    try:
        return version("numba")
    except PackageNotFoundError:
        return None


def cache_directory() -> Path:
    """Where compiled code is kept: the user's cache, or a private place under the temporary directory."""
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sorted(_SOURCES))).hexdigest()[:16]
    own = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    chosen = own / "fundarb" / f"kernel-{digest}"
    try:
        chosen.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        chosen = Path(tempfile.mkdtemp(prefix="fundarb-kernel-"))
    return chosen


def compiled(function: Function) -> Function:
    """Compile when first called; without numba the function itself."""
    return _jit(function) if numba_version() else function


def inlined(function: Function) -> Function:
    """As `compiled`, for what runs at every event from one place: its many arguments are then never handed over."""
    return _jit(function, forceinline=True) if numba_version() else function


def reassociated(function: Function) -> Function:
    """As `compiled`, for a plain sum over many terms, whose order may change so that it runs four terms at a time."""
    return _jit(function, fastmath={"reassoc", "contract"}) if numba_version() else function


def _jit(function: Function, **more: Any) -> Function:
    import numba
    from numba.extending import register_jitable

    if not _prepared:
        numba.config.CACHE_DIR = str(cache_directory())  # type: ignore[attr-defined]  # set when numba starts
        for shared in SHARED:
            register_jitable(shared)
        _prepared.append(True)
    return cast("Function", numba.njit(**OPTIONS, **more)(function))


_prepared: list[bool] = []
