"""Telling a person: never blocks a cycle, never raises, never carries a secret."""

from __future__ import annotations

from typing import Protocol


class Notifier(Protocol):
    """Sends short messages somewhere a person looks."""

    def tell(self, event: str, words: str) -> None:
        """Queue one message; delivery is best effort. Nothing to await: a cycle cannot be held up by it."""
        ...
