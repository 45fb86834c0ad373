"""What fundarb runs on, as far as it matters."""

from __future__ import annotations

from collections.abc import Mapping

from fundarb.engine.checks.finding import Finding, well, wrong
from fundarb.errors import FundarbError

CHECK = "versions"
LEAST = {"python": (3, 11), "sqlite": (3, 37), "ccxt": (4, 5)}  # sqlite: strict tables
BELOW = {"ccxt": (4, 6)}  # its behaviour was measured up to there


def judge_versions(found: Mapping[str, str]) -> Finding:
    """Versions by name."""
    said = ", ".join(f"{name} {version}" for name, version in found.items())
    bad = [name for name, version in found.items() if not _fits(name, version)]
    if not bad:
        return well(CHECK, said)
    wanted = ", ".join(f"{name} {_bounds(name)}" for name in bad)
    return wrong(CHECK, f"{said}; wanted: {wanted}", "install fundarb anew with what it asks for", FundarbError)


def _fits(name: str, version: str) -> bool:
    digits = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    return LEAST.get(name, ()) <= digits and (name not in BELOW or digits < BELOW[name])


def _bounds(name: str) -> str:
    least = f"at least {'.'.join(map(str, LEAST[name]))}"
    return f"{least}, below {'.'.join(map(str, BELOW[name]))}" if name in BELOW else least
