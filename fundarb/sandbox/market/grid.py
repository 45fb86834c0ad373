"""Numbers on a decimal grid, held as whole counts of its step, and written as the venue writes them: no trailing zeros."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import orjson
from numpy.typing import NDArray

from fundarb.domain.money import canonical

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Grid:
    """Multiples of 10^-decimals; `decimals` is negative where the step is tens or thousands."""

    decimals: int

    @property
    def step(self) -> Decimal:
        """The distance of the grid's lines."""
        return self.decimal(1)

    @property
    def size(self) -> float:
        """The step as a float."""
        return float(10.0**-self.decimals)

    def counts(self, values: NDArray[np.float64]) -> Counts:
        """The nearest multiples."""
        scaled = values * 10.0**self.decimals if self.decimals >= 0 else values / 10.0**-self.decimals
        return np.rint(scaled).astype(np.int64)

    def decimal(self, count: int) -> Decimal:
        """What `count` steps are, without trailing zeros."""
        return Decimal(self.text(count))

    def text(self, count: int) -> str:
        """The digits of `count` steps."""
        return canonical(Decimal(int(count)).scaleb(-self.decimals))

    def texts(self, counts: Counts) -> list[str]:
        """The digits of many at once; exact for numbers of at most 15 digits."""
        flat = np.ascontiguousarray(counts).ravel()
        if self.decimals <= 0:
            return _split(_body(flat * 10**-self.decimals))
        return floats_written(flat / 10.0**self.decimals)


def floats_written(values: NDArray[np.float64]) -> list[str]:
    """The shortest digits of each float, in plain notation."""
    body = _body(values)
    if "e" not in body:
        return _split(body)
    return [canonical(Decimal(text)) if "e" in text else text for text in _split(body)]


def _body(values: NDArray[np.float64] | Counts) -> str:
    """The numbers with a comma after each."""
    if not values.size:
        return ""
    return orjson.dumps(np.ascontiguousarray(values), option=orjson.OPT_SERIALIZE_NUMPY).decode()[1:-1] + ","


def _split(body: str) -> list[str]:
    return body.replace(".0,", ",").split(",")[:-1]
