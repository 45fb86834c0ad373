"""Numbers as options: what is typed, or a refusal that repeats it and says what is allowed."""

from __future__ import annotations

from collections.abc import Callable

import typer


def whole(least: int) -> Callable[[str], int]:
    """A parser of whole numbers of at least that."""

    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise typer.BadParameter(f"{text!r} is not a whole number; allowed: {least} or more") from None
        if number < least:
            raise typer.BadParameter(f"{number} is too small; allowed: {least} or more")
        return number

    return parse
