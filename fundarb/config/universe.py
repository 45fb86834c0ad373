"""Which pairs; `naming` says what a name means once the store's pairs are known."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field, field_validator

from fundarb.parameters import Null, Parameters, Reading, refusal

_PAIR = re.compile(r"[\w-]+(/[\w-]+(:[\w-]+)?)?")


def read_pair(text: str) -> str:
    """A pair as people write it: BTC, BTCUSDT or BTC/USDT:USDT."""
    if not _PAIR.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not written like a pair")
    return text


PAIRS = Reading("a list of pairs such as [BTC, ETHUSDT, SOL/USDT:USDT]", read_pair, str, Null.EMPTY, many=True)
PairNames = Annotated[tuple[str, ...], PAIRS]


class UniverseParams(Parameters):
    """Pairs named on the command line win over these."""

    pairs: PairNames = Field((), description="the pairs to work on; none named (or null): those of the store")
    exclude: PairNames = Field((), description="pairs never to touch")

    @field_validator("pairs", "exclude")
    @classmethod
    def _each_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
        if twice:
            raise refusal(f"{twice[0]} is named twice")
        return names
