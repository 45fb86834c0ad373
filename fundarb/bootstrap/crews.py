"""Which crew runs a search: processes in the exact lane, threads in the fast one, or a cluster."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fundarb.adapters.cluster import Cluster
from fundarb.bootstrap.sets import Sets
from fundarb.research.search.crews import Crew, ThreadCrew
from fundarb.research.search.lane_table import EXACT, FAST, lane_on, why_exact
from fundarb.research.search.processes import ProcessCrew
from fundarb.research.stage import Stage


@dataclass(frozen=True, slots=True)
class Hands:
    """How a search is run: by how many here or by which cluster, and whether in the exact lane only."""

    workers: int
    exact: bool = False
    cluster: Cluster | None = None

    def lane(self, sets: Sets) -> tuple[str, str | None]:
        """The lane that these sets take, and why it is the exact one where nobody asked for it."""
        why = None if self.exact else why_exact(sets.kinds())
        return (EXACT if self.exact or why else FAST), why

    def crew(self, stage: Stage, lane: str) -> Crew:
        """Whoever runs chunks on one stage."""
        if self.cluster is not None:
            return self.cluster.crew(stage, lane)
        if lane == EXACT:
            return ProcessCrew(stage, self.workers)
        return ThreadCrew(lane_on(stage, lane), self.workers)


@asynccontextmanager
async def hands(workers: int, address: str | None, *, exact: bool) -> AsyncIterator[Hands]:
    """Those of this machine, or of the cluster at an address."""
    if address is None:
        yield Hands(workers, exact)
        return
    cluster = await asyncio.to_thread(Cluster, address)
    try:
        yield Hands(workers, exact, cluster)
    finally:
        await asyncio.to_thread(cluster.close)
