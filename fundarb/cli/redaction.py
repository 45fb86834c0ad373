"""No secret leaves by a log, an error or a traceback: named fields, known values and signed requests are blanked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

BLANK = "***"
_SHORTEST = 4  # a shorter "secret" would blank half of every text
_NAMES = re.compile(
    r"(?:api[-_]?key|api[-_]?secret|secret|token|password|passphrase|authorization|signature|sign|webhook|apprise)$"
    r"|^x-bapi-(?:sign|api-key)$",
    re.IGNORECASE,
)
_IN_TEXT = re.compile(
    r"""(?ix)
    (?P<name> \b(?:[\w-]*(?:api[-_]?key|secret|token|password|passphrase|authorization|signature|webhook|apprise
                           |bapi-sign)|sign)\b
      ["']? \s* [:=] \s* )
    (?P<value> "[^"]*" | '[^']*' | \[[^\]]*\] | [^\s,;&}\])"']+ )
    """
)
_known: set[str] = set()


def hide(*values: str | None) -> None:
    """Blank these values wherever they turn up from now on."""
    _known.update(value for value in values if value and len(value) >= _SHORTEST)


def redact_text(text: str) -> str:
    """The text without known secrets and without values that are named like one."""
    return _IN_TEXT.sub(lambda match: match["name"] + BLANK, redact_known(text))


def redact_known(text: str) -> str:
    """The text without known secrets, all else as it stands: for words that quote no value named like a secret."""
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, BLANK)
    return text


def redact(value: Any, name: str = "") -> Any:
    """The value, blanked if its name says so, else with everything inside it looked through."""
    if isinstance(value, Mapping):
        return {key: redact(inner, str(key)) for key, inner in value.items()}
    if value is not None and _NAMES.search(name):
        return BLANK
    if isinstance(value, str | bytes):
        return redact_text(value if isinstance(value, str) else value.decode("utf-8", "replace"))
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(inner) for inner in value]
    return value if isinstance(value, int | float | bool | None) else redact_text(str(value))
