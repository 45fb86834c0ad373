"""Answers kept for as long as they are asked for: a bounded memory that forgets what was used longest ago."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """At most `most` answers of `make`, which must be a function of its key alone."""

    def __init__(self, most: int, make: Callable[[Key], Value]) -> None:
        self._most, self._make = most, make
        self._kept: OrderedDict[Key, Value] = OrderedDict()

    def __call__(self, key: Key) -> Value:
        """The answer for `key`, remembered or made."""
        kept = self._kept
        if key in kept:
            kept.move_to_end(key)
            return kept[key]
        value = kept[key] = self._make(key)
        if len(kept) > self._most:
            kept.popitem(last=False)
        return value
