"""What must not be written in configuration, and what must not be repeated in a message."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fundarb.config.keys import KEY_NAMES

HIDDEN = "***"
_SECRET = re.compile(r"api_?key|secret|passw(or)?d|passphrase|private_?key|credential|token")
REFUSED = (
    f"a secret does not belong into configuration; "
    f"put {KEY_NAMES[0]} and {KEY_NAMES[1]} into the environment or a ./.env of mode 0600"
)


def looks_secret(path: str) -> bool:
    """Whether a name like this would carry a secret."""
    return bool(_SECRET.search(path.lower().replace("-", "_")))


def mask(text: str, environ: Mapping[str, str]) -> str:
    """The text without the keys that stand in the environment, wherever they were pasted."""
    for name in KEY_NAMES:
        value = environ.get(name, "").strip()
        if len(value) >= 4:
            text = text.replace(value, HIDDEN)
    return text
