"""A scene goes into text and comes back as it was, to the digit; what is no scene is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fundarb.reporting.scene_document import read_scene, scene_text
from tests.reporting.seen import NOW, position, scene, unwell


def test_a_scene_comes_back_as_it_went_but_for_what_is_on_offer() -> None:
    seen = scene(3, 0, unwell(halted="by hand", silent_since_ms=NOW), portfolios=2)
    bare = replace(position(9), room=None, next_ms=None, rate=None, expected=None)
    seen = replace(seen, portfolios=[replace(seen.portfolios[0], positions=[bare]), seen.portfolios[1]], chances=())
    assert read_scene(scene_text(seen)) == seen


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"portfolios": [{}], "health": {}, "venue": ""}', '{"portfolios": 1}']
)
def test_what_is_no_scene_is_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        read_scene(text)
