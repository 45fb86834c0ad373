"""Whoever exempts a line from a rule says why, on that line."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXEMPTION = re.compile(r"# (?:noqa|type: ignore|pragma: no cover|mypy: )(?P<rest>.*)")
WITH_A_REASON = re.compile(r"(?:: [A-Z]+\d+(?:, ?[A-Z]+\d+)*|\[[a-z, -]+\])\s+\W*\w+.*\s\w+.*")


def test_every_exemption_names_its_rule_and_its_reason() -> None:
    bare, seen = [], 0
    for folder in ("fundarb", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            if path == Path(__file__):
                continue
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                for found in EXEMPTION.finditer(line):
                    seen += 1
                    if not WITH_A_REASON.fullmatch(found["rest"]):
                        bare.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert bare == []
    assert seen > 20
