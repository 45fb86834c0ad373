"""What a portfolio has lost since its peak and since the UTC day began. Money put in or taken out is neither gain nor loss:
it moves both marks in the proportion in which it moved equity."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from fundarb.domain.instants import DAY
from fundarb.domain.money import ZERO, canonical, quotient12

_NOTED = Decimal("1.001")  # how far a peak may outgrow the one that was written: a restart forgets no more of it


class LossLimits(NamedTuple):
    """The fractions of the peak and of the day's beginning that may be lost; None is off."""

    drawdown: Decimal | None = None
    day: Decimal | None = None


@dataclass(slots=True)
class Losses:
    """Marks that follow equity. The day begins with what was last seen before it; `stopped` once a stop was acted on."""

    peak: Decimal
    opening: Decimal
    day: int
    equity: Decimal
    contributed: Decimal
    stopped: bool = False
    noted: Decimal = field(kw_only=True, compare=False)

    @classmethod
    def beginning(cls, at_ms: int, equity: Decimal, contributed: Decimal) -> Losses:
        """Nothing lost yet."""
        return cls(equity, equity, at_ms // DAY, equity, contributed, noted=equity)

    def look(self, at_ms: int, equity: Decimal, contributed: Decimal) -> bool:
        """Take in what is seen now; True where that is worth writing down at once: a new day, a flow, or a new peak."""
        turned, flow = at_ms // DAY > self.day, contributed - self.contributed
        if turned:
            self.day, self.opening = at_ms // DAY, self.equity
        if flow:
            self._flowed(flow, equity)
        self.equity, self.contributed = equity, contributed
        self.peak = max(self.peak, equity)
        return turned or bool(flow) or self.peak > self.noted * _NOTED

    def forgive(self) -> None:
        """Begin anew from here: a person has seen the loss and let entries through again."""
        self.peak = self.opening = self.equity
        self.stopped = False

    def beyond(self, limits: LossLimits) -> str | None:
        """The stop that is reached, in words; None while none is."""
        if limits.drawdown is not None and self.equity <= self.peak * (1 - limits.drawdown):
            return self._words("drawdown_stop", "its peak", self.peak, limits.drawdown)
        if limits.day is not None and self.equity <= self.opening * (1 - limits.day):
            return self._words("daily_loss", "where the UTC day began", self.opening, limits.day)
        return None

    def written(self) -> str:
        """As text; `read` takes it back."""
        self.noted = self.peak
        numbers = (self.peak, self.opening, self.equity, self.contributed)
        return " ".join([str(self.day), str(int(self.stopped)), *map(canonical, numbers)])

    @classmethod
    def read(cls, text: str) -> Losses:
        """What `written` wrote."""
        day, stopped, *numbers = text.split(" ")
        peak, opening, equity, contributed = map(Decimal, numbers)
        return cls(peak, opening, int(day), equity, contributed, stopped == "1", noted=peak)

    def _flowed(self, flow: Decimal, equity: Decimal) -> None:
        """Both marks in proportion; where there was nothing to be in proportion to, anew."""
        if self.equity <= ZERO or self.equity + flow <= ZERO:
            self.peak = self.opening = equity
            return
        self.peak = quotient12(self.peak * (self.equity + flow), self.equity)
        self.opening = quotient12(self.opening * (self.equity + flow), self.equity)

    def _words(self, stop: str, since: str, mark: Decimal, allowed: Decimal) -> str:
        lost = float(1 - quotient12(self.equity, mark))
        return (
            f"trade.{stop}: equity {float(self.equity):.2f} is {lost:.2%} below {since} ({float(mark):.2f}), "
            f"and {canonical(allowed * 100)}% halts entries"
        )
