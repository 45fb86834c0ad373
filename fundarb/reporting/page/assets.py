"""The style and the scripts that every page carries, and the policy by which a browser runs these and nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from importlib.resources import files

_PACKAGE = "fundarb.reporting.page"


def asset(name: str) -> str:
    """A file of this folder as text."""
    return files(_PACKAGE).joinpath(name).read_text("utf-8")


def policy(scripts: Iterable[str]) -> str:
    """No network; only these very scripts; styles and pictures of the page's own."""
    allowed = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    own = "style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; script-src {allowed}; {own}"


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
