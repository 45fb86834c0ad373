"""What one would write first: `simple` on a carry-year as a plain loop over events in Decimals; to read figures by.

It books every fill and payment and one sample an event, and knows nothing else: no lots, slippage, dust, margin, guard,
gate, reasons or split, and every price is there when it is asked for. Nothing in it is tuned."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from fundarb.domain.money import of_float
from fundarb.signals.panel import CandleRows, Panel

ENTRY, EXIT = Decimal("0.0003"), Decimal("0.0001")
CAPITAL, SIZE, SLOTS = Decimal(10_000), Decimal(1000), 5
FEE_SPOT, FEE_PERP = Decimal("0.001"), Decimal("0.00055")
GRID = Decimal("1e-8")


@dataclass
class Open:
    """A position: as much spot as perp."""

    qty: Decimal
    entry: Decimal


class PlainLoop:
    """One run over a panel whose pairs all settle together."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self.cash = CAPITAL
        self.held: dict[int, Open] = {}
        self.ledger: list[tuple[int, str, int, Decimal]] = []
        self.equity: list[tuple[int, Decimal]] = []

    def run(self) -> PlainLoop:
        """Pay, leave, enter, sample, at every settlement but the last, after which no candle opens."""
        settled = self.panel.settlements
        rows = len(settled.settled_at) // len(self.panel.pairs)
        for event, at_ms in enumerate(settled.settled_at[: rows - 1].tolist()):
            rates = [of_float(rate) for rate in settled.rate[event::rows].tolist()]
            self._pay(at_ms, rates)
            self._leave(at_ms, rates)
            self._enter(at_ms, rates)
            worth = sum((self._worth(pair, one, at_ms) for pair, one in self.held.items()), self.cash)
            self.equity.append((at_ms, worth))
        return self

    def _pay(self, at_ms: int, rates: list[Decimal]) -> None:
        for pair, one in sorted(self.held.items()):
            self._book(at_ms, "funding", pair, one.qty * self._open(self.panel.perp, pair, at_ms) * rates[pair])

    def _leave(self, at_ms: int, rates: list[Decimal]) -> None:
        for pair in sorted(pair for pair in self.held if rates[pair] < EXIT):
            one = self.held.pop(pair)
            spot, perp = self._open(self.panel.spot, pair, at_ms), self._open(self.panel.perp, pair, at_ms)
            self._book(at_ms, "spot", pair, one.qty * spot * (1 - FEE_SPOT))
            self._book(at_ms, "perp", pair, one.qty * (one.entry - perp - perp * FEE_PERP))

    def _enter(self, at_ms: int, rates: list[Decimal]) -> None:
        asking = [pair for pair, rate in enumerate(rates) if rate >= ENTRY and pair not in self.held]
        for pair in sorted(asking, key=lambda pair: (-rates[pair], pair))[: SLOTS - len(self.held)]:
            spot, perp = self._open(self.panel.spot, pair, at_ms), self._open(self.panel.perp, pair, at_ms)
            qty = SIZE // (perp * GRID) * GRID
            self.held[pair] = Open(qty, perp)
            self._book(at_ms, "spot", pair, -qty * spot * (1 + FEE_SPOT))
            self._book(at_ms, "perp", pair, -qty * perp * FEE_PERP)

    def _worth(self, pair: int, one: Open, at_ms: int) -> Decimal:
        spot, perp = self._open(self.panel.spot, pair, at_ms), self._open(self.panel.perp, pair, at_ms)
        return one.qty * (spot + one.entry - perp)

    def _book(self, at_ms: int, kind: str, pair: int, cash: Decimal) -> None:
        self.ledger.append((at_ms, kind, pair, cash))
        self.cash += cash

    def _open(self, candles: CandleRows, pair: int, at_ms: int) -> Decimal:
        own = candles.rows(pair)
        row = own.start + int(candles.open_at[own].searchsorted(at_ms))
        return of_float(float(candles.open[row]))
