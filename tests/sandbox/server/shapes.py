"""Whether an answer has the shape of a captured one: the same keys, and values of the same kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_DIGITS = re.compile(r"-?\d+(?:\.\d+)?")


def kind_of(value: Any) -> str:
    """`digits` for numbers in text, `blank` for empty text, else the JSON type."""
    if isinstance(value, str):
        return "blank" if value == "" else "digits" if _DIGITS.fullmatch(value) else "text"
    return type(value).__name__


def differences(captured: Any, answered: Any, where: str = "") -> Iterator[str]:
    """Every place where the answer has another shape; what was absent when captured may be there, a text may be absent."""
    if isinstance(captured, dict) and isinstance(answered, dict):
        for key in captured.keys() | answered.keys():
            if key not in captured or key not in answered:
                yield f"{where}.{key}: {'only answered' if key in answered else 'missing'}"
            else:
                yield from differences(captured[key], answered[key], f"{where}.{key}")
    elif isinstance(captured, list) and isinstance(answered, list):
        if captured:
            for number, element in enumerate(answered):
                yield from differences(captured[0], element, f"{where}[{number}]")
    elif not _alike(kind_of(captured), kind_of(answered)):
        yield f"{where}: {kind_of(answered)} {answered!r} where {kind_of(captured)} {captured!r} was captured"


def _alike(captured: str, answered: str) -> bool:
    texts = {"blank", "digits", "text"}
    absent = captured == "blank" and answered in texts
    return captured == answered or absent or (answered == "blank" and captured in texts)
