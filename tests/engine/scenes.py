"""Markets written by hand: a pair in a few words, its run as both implementations have it, and what was booked as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from fundarb.domain.instants import HOUR
from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.ledger import LedgerLine
from fundarb.domain.money import canonical
from fundarb.domain.result import RunResult
from tests.engine.parity import both, differences
from tests.engine.worlds import Bar, Stream

T0 = 1_704_067_200_000  # 2024-01-01; hours are counted from here
BARE = {
    "costs.fee_spot": "0",
    "costs.fee_perp": "0",
    "costs.slippage_bps": "0",
    "costs.spot_fee_in": "quote",
    "margin.guard": "0",
    "risk.max_portfolio": "null",
    "risk.pair_cap": "null",
    "risk.min_free_cash": "0",
}
CARRY_ALONE = {
    f"strategy.composite.weights.{name}": text
    for name, text in (("carry", "1"), ("persistence", "0"), ("trend", "0"), ("stability", "0"), ("basis", "0"))
}


def at(hour: float) -> int:
    """Milliseconds of an hour of the scene."""
    return T0 + round(hour * HOUR)


def bar(hour: float, price: str, *, span_h: float = 1, high: str | None = None, close: str | None = None) -> Bar:
    """A candle; it closes where it opened, and its high is no higher, unless said."""
    opened, last = Decimal(price), Decimal(close or price)
    top = max(opened, last) if high is None else Decimal(high)
    return Bar(at(hour), round(span_h * HOUR), opened, top, min(opened, last), last, Decimal(1))


def hourly(
    hours: Iterable[int],
    price: str = "100",
    opens: Mapping[int, str] | None = None,
    highs: Mapping[int, str] | None = None,
) -> tuple[Bar, ...]:
    """Candles of an hour at one price, but for the opens and highs given."""
    own, tops = opens or {}, highs or {}
    return tuple(bar(hour, own.get(hour, price), high=tops.get(hour)) for hour in hours)


def every(hours: int, first: int, last: int, rate_bp: str) -> dict[float, str]:
    """The same rate every so many hours, both ends included."""
    return dict.fromkeys(range(first, last + 1, hours), rate_bp)


QUIET = hourly(range(-1, 49))


@dataclass(frozen=True)
class Listing:
    """Lot rules and listing times of a pair."""

    step: str = "1"
    spot_step: str = "1"
    min_notional: str = "0"
    first_h: float | None = None
    gone_h: float | None = None

    def pair(self, name: str) -> Pair:
        """The pair of that base."""
        perp, spot = (LotRule(Decimal(step), Decimal(0), Decimal(least)) for step, least in
                      ((self.step, self.min_notional), (self.spot_step, "0")))  # fmt: skip
        first, gone = (None if hour is None else at(hour) for hour in (self.first_h, self.gone_h))
        return Pair(f"{name}/USDT:USDT", f"{name}/USDT", Decimal(1), perp, spot, first, gone, Decimal("0.005"))


@dataclass(frozen=True)
class Scene:
    """Pairs, a mode, hours and parameters."""

    world: Sequence[Stream]
    hours: tuple[float, float]
    mode: str = "hold"
    sets: Mapping[str, str] = field(default_factory=dict)

    def run(self) -> RunResult:
        """As both implementations have it."""
        run, plain = both(self.world, BARE | dict(self.sets), (at(self.hours[0]), at(self.hours[1])), self.mode)
        assert differences(run, plain) == []
        return run


def pair(
    name: str,
    rates_bp: Mapping[float, str],
    perp: Iterable[Bar] = QUIET,
    spot: Iterable[Bar] = QUIET,
    mark: Iterable[Bar] = (),
    listing: Listing | None = None,
) -> Stream:
    """Settlements in bp by hour, and candles."""
    settled = tuple((at(hour), Decimal(rate).scaleb(-4)) for hour, rate in sorted(rates_bp.items()))
    legs = (tuple(sorted(bars, key=lambda one: (one.open_at, one.span))) for bars in (perp, spot, mark))
    return Stream((listing or Listing()).pair(name), settled, *legs)


def booked(run: RunResult, kinds: str = "fill guard liquidation delisting") -> list[str]:
    """`hour pair kind leg side qty @price` of each line of these kinds; of a funding line its cash stands last."""
    return [_words(line) for line in run.ledger if str(line.kind) in kinds.split()]


def _words(line: LedgerLine) -> str:
    assert line.pair is not None
    assert line.qty is not None
    assert line.price is not None
    begun = f"{canonical(Decimal(line.at_ms - T0) / HOUR)}h {line.pair.partition('/')[0]} {line.kind}"
    if line.side is None:
        return f"{begun} {canonical(line.qty)} @{canonical(line.price)} {canonical(line.cash)}"
    return f"{begun} {line.leg} {line.side} {canonical(line.qty)} @{canonical(line.price)}"


def held(run: RunResult) -> list[str]:
    """`pair qty hour reason - hour reason` of each trade; what is still open has no end."""
    found = []
    for row in (*run.trades, *run.open):
        closed = "" if row.closed_ms is None else f"{(row.closed_ms - T0) / HOUR:g}h {row.close_reason}"
        opened = f"{(row.opened_ms - T0) / HOUR:g}h {row.open_reason}"
        found.append(f"{row.pair.partition('/')[0]} {canonical(row.qty)} {opened} - {closed}".rstrip())
    return found
