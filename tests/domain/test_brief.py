"""Long values are cut in messages, short ones shown whole."""

from __future__ import annotations

import pytest

from fundarb.domain.brief import LONGEST, brief, cut
from fundarb.domain.money import parse


def test_a_short_value_is_shown_whole() -> None:
    assert brief("9" * LONGEST) == repr("9" * LONGEST)
    assert cut("a\tb") == "a\tb"


def test_a_long_value_is_cut_and_says_how_long_it_is() -> None:
    assert brief("9" * 61) == f"'{'9' * 60}'… (61 characters)"
    assert cut("9" * 100_000) == f"{'9' * 60}… (100000 characters)"


@pytest.mark.parametrize("text", ["9" * 100_000, "x" * 100_000, "0." + "1" * 100_000])
def test_a_number_that_goes_on_for_ever_does_not_fill_the_screen(text: str) -> None:
    with pytest.raises(ValueError, match=rf"{len(text)} characters") as refused:
        parse(text)
    assert len(str(refused.value)) < 200
