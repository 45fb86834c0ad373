"""A ledger of trials that ends with the process, for a store that may only be read: what is new stands in memory and in a
mapped file without a name, what the store holds counts too."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from fundarb.domain.result import METRICS
from fundarb.domain.trial import COUNTS, TOTALS
from fundarb.ports.trials import ALONE, Recalled, TrialRows, Trials, TrialScope, Tried
from fundarb.signals.panel import Floats, Stamps


class _Figures(NamedTuple):
    """Of one trial; `offset` is where its returns begin in the file."""

    metrics: Floats
    totals: Floats
    counts: Stamps
    offset: int


@dataclass(slots=True)
class _Kept:
    """The trials of one scope by identity."""

    scope: TrialScope
    trials: dict[str, _Figures] = field(default_factory=dict)


class UnsavedTrials:
    """Fills the port `Trials`; `stored` is the ledger that is read and not written."""

    def __init__(self, stored: Trials | None = None) -> None:
        self._stored = stored
        self._scopes: dict[str, _Kept] = {}
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the ledger)
        self._end = 0
        self._sweeps: dict[str, str] = {}

    def close(self) -> None:
        """Forget all of it."""
        self._file.close()

    async def record(self, scope: TrialScope, base: Mapping[str, str | None], rows: TrialRows, at_ms: int) -> None:
        """Keep a finished chunk; trials that are there stay as they are."""
        kept = self._scopes.setdefault(scope.scope_id, _Kept(scope)).trials
        for row, name in enumerate(rows.ids):
            if name not in kept:
                figures = (rows.metrics[row].copy(), rows.totals[row].copy(), rows.counts[row].copy())
                kept[name] = _Figures(*figures, self._end)
                self._end += self._file.write(rows.daily[row].astype("<f4").tobytes())
        self._file.flush()

    async def recall(self, scope: TrialScope, ids: Sequence[str]) -> Recalled:
        """The figures of those that were kept, here or in the store."""
        found, kept = await self._recalled(scope, ids), self._kept(scope)
        for row, name in enumerate(ids):
            if name in kept:
                found.known[row] = True
                found.metrics[row], found.totals[row], found.counts[row], _ = kept[name]
        return found

    async def returns(self, scope: TrialScope, ids: Sequence[str]) -> Floats:
        """Daily returns, a row each in that order; NaN throughout for what was not kept."""
        found, kept = np.full((len(ids), scope.days), np.nan), self._kept(scope)
        if self._stored is not None:
            found = await self._stored.returns(scope, ids)
        if not self._end:
            return found
        mapped = np.memmap(self._file, dtype="<f4", mode="r")
        for row, name in enumerate(ids):
            if name in kept:
                first = kept[name].offset // mapped.itemsize
                found[row] = mapped[first : first + scope.days]
        return found

    async def overlapping(self, pairs: Sequence[str], from_ms: int, to_ms: int, metric: str) -> Tried:
        """Everything tried on some of these pairs in a part of that range, each trial once."""
        place, found = METRICS.index(metric), [Tried(np.empty(0), *np.empty((2, 0), dtype=np.int64))]
        if self._stored is not None:
            found.append(await self._stored.overlapping(pairs, from_ms, to_ms, metric))
        for number, (scope, kept) in enumerate((one.scope, one.trials) for one in self._scopes.values()):
            if set(scope.pairs) & set(pairs) and scope.from_ms < to_ms and scope.to_ms > from_ms:
                stored = (await self._recalled(scope, tuple(kept))).known
                own = np.array([figures.metrics[place] for figures in kept.values()], dtype=np.float64)[~stored]
                found.append(Tried(own, np.full(len(own), scope.days), np.full(len(own), ALONE - 1 - number)))
        return Tried(*map(np.concatenate, zip(*found, strict=True)))

    async def save_sweep(self, sweep_id: str, at_ms: int, document: str) -> None:
        """Keep the answer of a search."""
        self._sweeps[sweep_id] = document

    async def sweep(self, sweep_id: str) -> str | None:
        """The answer of a search, kept here or in the store."""
        if sweep_id in self._sweeps or self._stored is None:
            return self._sweeps.get(sweep_id)
        return await self._stored.sweep(sweep_id)

    def _kept(self, scope: TrialScope) -> Mapping[str, _Figures]:
        kept = self._scopes.get(scope.scope_id)
        return kept.trials if kept else {}

    async def _recalled(self, scope: TrialScope, ids: Sequence[str]) -> Recalled:
        """What the store holds of them."""
        if self._stored is not None:
            return await self._stored.recall(scope, ids)
        return Recalled(
            np.zeros(len(ids), dtype=np.bool_),
            np.full((len(ids), len(METRICS)), np.nan),
            np.full((len(ids), len(TOTALS)), np.nan),
            np.zeros((len(ids), len(COUNTS)), dtype=np.int64),
        )
