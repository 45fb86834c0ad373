"""How many examples a property draws: its own number in `make test`, ten times as many in `make soak`."""

from __future__ import annotations

from hypothesis import settings

ORDINARY = 100  # what a profile draws that says nothing of it


def drawn(examples: int) -> int:
    """So many, times what the profile asks for."""
    profile = settings.default
    assert profile is not None
    return examples * profile.max_examples // ORDINARY
