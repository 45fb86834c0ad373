"""No search for reference cycles while a run makes a hundred thousand ledger lines, or an import a million rows: none of
them refers back to itself, and looking for some takes a third of the time.

The search is one for the whole process: the first run turns it off, and the last one that ends, in whatever thread or
order, leaves it as the first one found it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class _Searching:
    """How many runs go without, and whether there was a search before them."""

    def __init__(self) -> None:
        self._lock, self._without, self._was_on = Lock(), 0, False

    def suspend(self) -> None:
        """One more run goes without."""
        with self._lock:
            if not self._without:
                self._was_on = gc.isenabled()
                gc.disable()
            self._without += 1

    def resume(self) -> None:
        """One run less; after the last all is as it was."""
        with self._lock:
            self._without -= 1
            if not self._without and self._was_on:
                gc.enable()


_searching = _Searching()


@contextmanager
def uncollected() -> Iterator[None]:
    """Garbage is found by reference counts alone in here."""
    _searching.suspend()
    try:
        yield
    finally:
        _searching.resume()
