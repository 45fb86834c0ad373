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
        self._named = [(path, path in index) for path in paths if not path.startswith(SAID_BY_SCOPE)]
        self._pieces = _pieces(self._flat, self._named)
        self._scope = hashlib.sha256(scope_id.encode())

    def flat(self, place: Place) -> dict[str, str | None]:
        """Every parameter as canonical text, sorted by path."""
        found = self._flat.copy()
        for path, axis in self._varied:
            found[path] = self._texts[axis][place[axis]]
        return found

    def trial_id(self, flat: Flat) -> str:
        """The identity of the trial with these parameters."""
        varied = iter(self._varied)
        texts = [piece if piece is not None else _text(flat[next(varied)[0]]) for piece in self._pieces]
        named = self._scope.copy()
        named.update("".join(texts).encode())
        return named.hexdigest()[:LENGTH]


def _pieces(flat: Flat, named: Sequence[tuple[str, bool]]) -> list[str | None]:
    """`path=text` of every parameter in one line each; None where a varied text belongs."""
    pieces: list[str | None] = [""]
    for path, varied in named:
        head = pieces.pop() or ""
        if varied:
            pieces += [f"{head}{path}=", None, "\n"]
        else:
            pieces.append(f"{head}{path}={_text(flat[path])}\n")
    return pieces


def digest(content: object) -> str:
    """A name for anything that JSON can hold."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:LENGTH]


def _text(text: str | None) -> str:
    """Null is told from a text that says so."""
    return "\0" if text is None else text
