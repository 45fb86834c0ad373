"""What differs between two configurations, and what of it may change while trading."""

from __future__ import annotations

from collections.abc import Iterable

from fundarb.config.schema import values
from fundarb.config.secrecy import HIDDEN
from fundarb.config.settings import SCHEMA, Settings

FIXED = ("venue.", "margin.mode")
AT_THE_NEXT_START = ("capital", "notify.", "backtest.close_at_end")
Change = tuple[str | None, str | None]


def changes(before: Settings, after: Settings) -> dict[str, Change]:
    """Path to canonical text before and after, of every value that differs; secrets as ***."""
    old, new = _texts(before), _texts(after)
    paths = [path for path in {**old, **new} if old.get(path) != new.get(path)]
    return {path: (_shown(old.get(path)), _shown(new.get(path))) for path in paths}


def cannot_change(paths: Iterable[str]) -> list[str]:
    """Those of these paths that stay as they are for as long as one trades."""
    return [path for path in paths if path.startswith(FIXED)]


def later(paths: Iterable[str]) -> list[str]:
    """Those of these paths that count from the next start on."""
    return [path for path in paths if path.startswith(AT_THE_NEXT_START)]


class _Secret(str):
    """A text to be compared, never to be shown."""


def _texts(settings: Settings) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for leaf, value in values(SCHEMA, settings):
        text = leaf.text(value)
        found[leaf.path] = _Secret(text) if leaf.secret and text is not None else text
    return found


def _shown(text: str | None) -> str | None:
    return HIDDEN if isinstance(text, _Secret) else text
