"""What makes two trials one: parameters, pairs, range, data and code. Such a trial is counted once however often it runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from fundarb.domain.instants import DAY
from fundarb.ports.trials import TrialScope
from fundarb.research.search.space import Axis, Place
from fundarb.research.stage import Stage

Flat = Mapping[str, str | None]
SAID_BY_SCOPE = "universe."  # which pairs a trial is about is said by the pairs themselves
LENGTH = 32


def scope_of(stage: Stage) -> TrialScope:
    """What all trials on one stage share."""
    timeline, pairs = stage.timeline, tuple(pair.symbol for pair in stage.panel.pairs)
    from_ms, to_ms, data_hash = timeline.from_ms, timeline.to_ms, stage.panel.data_hash
    name = digest([list(pairs), from_ms, to_ms, data_hash, stage.code_version])
    return TrialScope(name, pairs, from_ms, to_ms, data_hash, stage.code_version, to_ms // DAY - from_ms // DAY)


class TrialNames:
    """Flat parameters and the identity of the set at each place, made from one template."""

    def __init__(self, scope_id: str, base: Flat, axes: Sequence[Axis]) -> None:
        index = {axis.path: number for number, axis in enumerate(axes)}
        paths = sorted({**base, **index})
        self._axes = [(path, index.get(path)) for path in paths]
        self._flat = {path: base.get(path) for path in paths}
        self._texts = [axis.values for axis in axes]
        self._varied = [(path, number) for path, number in self._axes if number is not None]
        self._named = [path for path in paths if not path.startswith(SAID_BY_SCOPE)]
        self._scope = hashlib.sha256(scope_id.encode())

    def flat(self, place: Place) -> dict[str, str | None]:
        """Every parameter as canonical text, sorted by path."""
        found = self._flat.copy()
        for path, axis in self._varied:
            found[path] = self._texts[axis][place[axis]]
        return found

    def trial_id(self, flat: Flat) -> str:
        """The identity of the trial with these parameters."""
        named = self._scope.copy()
        named.update("\n".join([f"{path}={_text(flat[path])}" for path in self._named]).encode())
        return named.hexdigest()[:LENGTH]


def digest(content: object) -> str:
    """A name for anything that JSON can hold."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:LENGTH]


def _text(text: str | None) -> str:
    """Null is told from a text that says so."""
    return "\0" if text is None else text
