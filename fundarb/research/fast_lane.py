"""The fast lane: parameter sets on floats, thousands a second; what a user acts on comes from the exact lane.

It says beforehand what it cannot run. Sets that share a ranking share one sorted voice; where every set weighs a score
anew, the kernel mixes it. Numba is not imported before there is something to run."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np

from fundarb.errors import FundarbError
from fundarb.research.kernel.tape import RowsInPlay, Tape, make_tape, rows_in_play
from fundarb.research.rules import Setup
from fundarb.research.search.lanes import Outcomes
from fundarb.research.stage import Stage

if TYPE_CHECKING:
    from fundarb.research.kernel.lane import Sets
    from fundarb.research.kernel.speaking import Speaker
    from fundarb.research.kernel.voices import Voice

SPOKEN = ("simple", "composite", "band")
WORTH_SORTING = 24  # sets of one ranking: sorting it costs about what they save
VOICES = 6  # kept, of the newest use


def refusal(setup: Setup, mode: str | None = None) -> str | None:
    """Why the fast lane cannot run a set, in words fit to follow a colon; None where it can."""
    from fundarb.research.kernel.compiled import numba_version

    mode = mode or setup.strategy.mode
    if numba_version() is None:
        return "numba is not installed (pip install 'fundarb[fast]')"
    if mode not in SPOKEN:
        return f"strategy.mode {mode} compares nothing that could be laid out beforehand"
    if setup.margin.mode == "cross":
        return "margin.mode cross, which ties all positions together"
    return "costs.impact_k, which makes prices depend on quantities" if setup.costs.impact_k else None


class FastLane:
    """Runs sets on one stage; a mode given stands in for that of every set."""

    def __init__(self, stage: Stage, mode: str | None = None, threads: int = 1) -> None:
        self._stage, self._mode, self._threads = stage, mode, threads
        self._turn = threading.Lock()
        self._laid: tuple[Tape, RowsInPlay] | None = None
        self._speakers: dict[str, Speaker] = {}
        self._voices: OrderedDict[Hashable, Voice] = OrderedDict()

    def run(self, setups: Sequence[Setup]) -> Outcomes:
        """The outcomes of these sets, in their order."""
        from fundarb.research.kernel.lane import blank_outcomes, run_sets

        from_ms = self._stage.timeline.from_ms
        found = blank_outcomes(self.tape, len(setups), from_ms)
        with ThreadPoolExecutor(self._threads, "fast-lane") as pool:
            for rows, sets in self.voiced(setups):
                part = run_sets(self.tape, sets, from_ms, pool, self._threads)
                for field in fields(Outcomes):
                    getattr(found, field.name)[rows] = getattr(part, field.name)
        return found

    def voiced(self, setups: Sequence[Setup]) -> Iterator[tuple[list[int], Sets]]:
        """The sets by the voice they are run with: which they are, and as the kernel takes them."""
        by_mode: dict[str, list[int]] = {}
        for index, setup in enumerate(setups):
            mode = self._mode or setup.strategy.mode
            if (reason := refusal(setup, mode)) is not None:
                raise FundarbError(f"the fast lane cannot run this set: {reason}; the exact lane can")
            by_mode.setdefault(mode, []).append(index)
        for mode, rows in by_mode.items():
            yield from self._of_mode(mode, setups, rows)

    @property
    def tape(self) -> Tape:
        """The stage as the kernel reads it, laid out when first looked at."""
        return self._ground()[0]

    def _ground(self) -> tuple[Tape, RowsInPlay]:
        with self._turn:
            if self._laid is None:
                rows = rows_in_play(self._stage)
                self._laid = make_tape(self._stage, rows), rows
            return self._laid

    def _of_mode(self, mode: str, setups: Sequence[Setup], rows: list[int]) -> Iterator[tuple[list[int], Sets]]:
        """Sets that share a ranking together; the rest in one mixture, if the strategy mixes."""
        speaker, by_key, rest = self._speaker(mode), dict[Hashable, list[int]](), list[int]()
        for row in rows:
            by_key.setdefault(speaker.key(setups[row]), []).append(row)
        for key, own in by_key.items():
            if speaker.mixes and len(own) < WORTH_SORTING:
                rest += own
            else:
                yield own, self._sets(mode, speaker, self._shared(mode, key, setups[own[0]]), [setups[i] for i in own])
        if rest:
            chosen = [setups[row] for row in rest]
            yield rest, self._sets(mode, speaker, speaker.mixed(chosen), chosen)

    def _speaker(self, mode: str) -> Speaker:
        from fundarb.research.kernel.speaking import SPEAKERS

        _, rows = self._ground()
        with self._turn:
            if mode not in self._speakers:
                self._speakers[mode] = SPEAKERS[mode](self._stage, rows)
            return self._speakers[mode]

    def _shared(self, mode: str, key: Hashable, setup: Setup) -> Voice:
        """A sorted voice, remembered for a while."""
        speaker = self._speaker(mode)
        with self._turn:
            voice = self._voices.pop((mode, key), None) or speaker.shared(setup)
            self._voices[mode, key] = voice
            while len(self._voices) > VOICES:
                self._voices.popitem(last=False)
            return voice

    def _sets(self, mode: str, speaker: Speaker, voice: Voice, setups: Sequence[Setup]) -> Sets:
        from fundarb.research.kernel.lane import Sets
        from fundarb.research.kernel.terms import terms_of

        terms, costs = terms_of(setups, self._stage.panel, mode)
        with self._turn:  # edges are fitted when first asked for
            thresholds, blends = speaker.edges(setups), speaker.blends(setups)
        return Sets(voice, speaker.regime_of, np.ascontiguousarray(thresholds), blends, costs, terms)
