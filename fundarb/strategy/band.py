"""`band`: enter and leave on the forecast rate, at the edges of the band that is optimal for the cost of trading."""

from typing import Self

from pydantic import Field, model_validator

from fundarb.domain.money import canonical
from fundarb.parameters import NumberOrNull, Parameters, crossing


class BandParams(Parameters):
    """Edges of the band as fractions per 8 h (0.0001 = 1 bp); null is fitted each UTC month from what is known then."""

    enter: NumberOrNull = Field(
        None, ge=-1, le=1, description="enter at a forecast rate per 8 h of at least this; null: fitted"
    )
    exit: NumberOrNull = Field(
        None, ge=-1, le=1, description="leave when the forecast rate per 8 h is below this; null: fitted"
    )

    @model_validator(mode="after")
    def _exit_below_enter(self) -> Self:
        if self.enter is not None and self.exit is not None and self.exit >= self.enter:
            words = f"exit {canonical(self.exit)} is not below enter {canonical(self.enter)}; allowed: exit below enter"
            raise crossing(words, "exit", "enter")
        return self
