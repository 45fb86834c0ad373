"""A crew on a Dask distributed scheduler (extra `cluster`), through its `concurrent.futures` executor.

The stage is scattered to every worker once, its data with it; a chunk whose worker is lost is run by another, and comes to
the same, since a worker whose code or libraries differ is refused before anything is sent."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from importlib import import_module
from importlib.util import find_spec
from threading import Lock
from typing import Any

from fundarb.errors import ClusterUnreachable, UsageError
from fundarb.research.rules import Setup
from fundarb.research.search.crews import Ran, run_timed
from fundarb.research.search.fingerprint import fingerprint
from fundarb.research.search.identity import scope_of
from fundarb.research.search.lane_table import lane_on
from fundarb.research.search.lanes import Lane
from fundarb.research.stage import Stage

CONNECT_S = 10
SCHEMES = ("tcp", "tls")
LOSSES = 10  # so many workers may be lost under one chunk before it is given up
_lanes: dict[tuple[str, str], Lane] = {}  # of a worker
_turn = Lock()


class Cluster:
    """A connection to a scheduler, whose workers compute as this program does."""

    def __init__(self, address: str) -> None:
        if find_spec("distributed") is None:
            raise UsageError("--cluster needs dask and distributed, which are not installed; install fundarb[cluster]")
        scheme, separator, _ = address.partition("://")
        if not separator or scheme not in SCHEMES:
            raise UsageError(
                f"--cluster {address}: no address of a scheduler; write tcp://HOST:8786 or tls://HOST:8786"
            )
        distributed: Any = import_module("distributed")
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        try:
            self._client: Any = distributed.Client(address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError, ImportError) as error:
            words = " ".join(str(error).split())
            raise ClusterUnreachable(
                f"no scheduler answers at {address}: {words}; start one with `dask scheduler`, or leave out --cluster"
            ) from None
        self.address = address
        try:
            self.width = self._checked_width()
        except BaseException:
            self._client.close()
            raise

    def crew(self, stage: Stage, lane: str) -> ClusterCrew:
        """Its workers on one stage."""
        return ClusterCrew(self._client, stage, lane, self.width)

    def close(self) -> None:
        """Leave the cluster as it is."""
        self._client.close()

    def _checked_width(self) -> int:
        """How many chunks it works on at once; refused where there is nobody, or somebody who may compute otherwise."""
        threads: dict[str, int] = self._client.nthreads()
        if not threads:
            raise ClusterUnreachable(f"the scheduler at {self.address} has no workers; start some with `dask worker`")
        found: dict[str, Mapping[str, str | None]] = self._client.run(_FINGERPRINT)
        other = "; ".join(words for worker, own in sorted(found.items()) if (words := differing(worker, own)))
        if other:
            raise ClusterUnreachable(
                f"workers of another version: {other}; install the same there as here, and the same checkout of it"
            )
        return sum(threads.values())


class ClusterCrew:
    """Fills `Crew`."""

    def __init__(self, client: Any, stage: Stage, lane: str, width: int) -> None:
        self._client, self._lane, self._width = client, lane, width
        self._name = scope_of(stage).scope_id
        self._stage = client.scatter(stage, broadcast=True, hash=False)
        self._executor = client.get_executor(pure=False, retries=LOSSES)

    @property
    def width(self) -> int:
        """How many threads its workers have."""
        return self._width

    def submit(self, setups: Sequence[Setup]) -> Future[Ran]:
        """Hand over a chunk."""
        future: Future[Ran] = self._executor.submit(run_remote, self._stage, self._name, self._lane, tuple(setups))
        return future

    def close(self, *, abandon: bool = False) -> None:
        """Let go of what was scattered; with `abandon` of what is being worked on, too."""
        self._executor.shutdown(wait=not abandon)
        self._stage.release()


def run_remote(stage: Stage, name: str, lane: str, setups: Sequence[Setup]) -> Ran:
    """A chunk on a worker, which keeps the lane of the stage it worked on last."""
    with _turn:  # two programs may share a worker: what one has just taken down must not be what the other looks up
        own = _lanes.get((name, lane))
        if own is None:
            _lanes.clear()
            own = _lanes[name, lane] = lane_on(stage, lane)
    return run_timed(own, setups)


# A worker without fundarb could look up no name in it.
_FINGERPRINT = lambda: (  # noqa: E731 (a function with a name would be sent by its name)
    __import__("fundarb.research.search.fingerprint", fromlist=["fingerprint"]).fingerprint()
    if __import__("importlib.util").util.find_spec("fundarb")
    and __import__("importlib.util").util.find_spec("fundarb.research.search.fingerprint")
    else {"fundarb": None}
)


def differing(worker: str, found: Mapping[str, str | None]) -> str:
    """What a worker has otherwise than this program, in words; nothing where it is the same."""
    if found.get("fundarb") is None:
        return f"{worker} has no fundarb, or one without a fingerprint"
    own = fingerprint()
    named = [
        f"{name} {found.get(name) or 'missing'} (here {own[name]})" for name in own if found.get(name) != own[name]
    ]
    return f"{worker} has {', '.join(named)}" if named else ""
