"""Randomness as a function of a name and a place: every stream is keyed by (seed, name), so that no answer depends on what
was drawn before it, in this process or in another."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]

_PER_COUNT = 4  # words that one step of Philox's counter makes
_PER_WORD = 4  # numbers of 16 bits


class Streams:
    """The substreams of one seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._keys: dict[str, Words] = {}

    def generator(self, name: str, block: int) -> np.random.Generator:
        """A generator of its own for one block of a stream."""
        return np.random.Generator(np.random.Philox(key=self._key(name), counter=_counter(0, block)))

    def words(self, name: str, first: int, count: int) -> Words:
        """Words `first`, `first + 1`, ... of an endless stream, from anywhere in it."""
        step, skipped = divmod(first, _PER_COUNT)
        philox = np.random.Philox(key=self._key(name), counter=_counter(step, 0))
        return philox.random_raw(skipped + count)[skipped:]

    def _key(self, name: str) -> Words:
        key = self._keys.get(name)
        if key is None:
            digest = blake2b(f"{self._seed}/{name}".encode(), digest_size=16).digest()
            key = self._keys[name] = np.frombuffer(digest, dtype="<u8").astype(np.uint64)
        return key


def bells(words: Words) -> NDArray[np.float64]:
    """Nearly normal numbers, one of each word: the sum of its four quarters (never beyond 3.5 deviations)."""
    total: NDArray[np.float64] = _cut(words).sum(-1, dtype=np.float64)
    return (total - 131070.0) / 37837.22


def quarters(words: Words) -> NDArray[np.float64]:
    """Four numbers in (0, 1) of each word, along a new last axis."""
    return (_cut(words).astype(np.float64) + 0.5) / 65536.0


def _cut(words: Words) -> NDArray[np.uint16]:
    return np.ascontiguousarray(words).view(np.uint16).reshape(*words.shape, _PER_WORD)


def _counter(step: int, block: int) -> Words:
    return np.array([step, block, 0, 0], dtype=np.uint64)
