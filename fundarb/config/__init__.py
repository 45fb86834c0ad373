"""Configuration: composes the parameter classes that live with their owners; files, environment, origins; no secrets."""

from fundarb.config.pairs import canonical_pairs, unknown_pairs
from fundarb.config.resolve import DEFAULT_FILE, Resolved, override, resolve, runtime_file
from fundarb.config.settings import Settings

__all__ = [
    "DEFAULT_FILE",
    "Resolved",
    "Settings",
    "canonical_pairs",
    "override",
    "resolve",
    "runtime_file",
    "unknown_pairs",
]
