"""Scenes of trading made by hand, as large as a test wants them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from fundarb.domain.instants import DAY, HOUR, SECOND, parse_instant
from fundarb.domain.position import Split
from fundarb.ports.journal import Event
from fundarb.reporting.opportunities import Opportunity
from fundarb.reporting.scene import Chance, Health, Scene, SeenPortfolio, SeenPosition

NOW = parse_instant("2026-01-12T12:00:30Z")
DUE = parse_instant("2026-01-12T16:00Z")
WELL = Health(NOW, 10 * SECOND, looked_ms=NOW - 2 * SECOND, beat_ms=NOW - 3 * SECOND)
SPLIT = Split(Decimal("20.125"), Decimal("-1.5"), Decimal("5.25"), Decimal("1.25"))


def position(number: int) -> SeenPosition:
    """A pair of its own, in plausible amounts."""
    return SeenPosition(
        pair=f"COIN{number}/USDT:USDT",
        opened_ms=NOW - 2 * DAY,
        spot=Decimal("0.06700093"),
        perp=Decimal("-0.067"),
        delta=Decimal("0.00000093"),
        value=Decimal("996.1"),
        margin=Decimal("491.3"),
        room=Decimal("0.4721"),
        next_ms=DUE,
        rate=Decimal("-0.000123"),
        expected=Decimal("-0.12"),
        split=SPLIT,
    )


def chance(number: int) -> Chance:
    """What is on offer of a pair: the first are held, the next would be entered, the others not."""
    row = Opportunity(
        pair=f"COIN{number}/USDT:USDT",
        settled_ms=DUE - 8 * HOUR,
        interval_ms=8 * HOUR,
        rate=Decimal("0.0001"),
        forecast_bp=Decimal("1.2"),
        components={},
        score=Decimal("0.6557"),
        enter=number == 2,
        exit=False,
        held=number < 2,
        reason="score 0.6557 >= enter 0.6, which is a reason of some length as reasons go",
        break_even_settlements=31,
        expected_net_bp=Decimal("22.5"),
        flags=(),
        rank=(0, 0),
    )
    return Chance(row, Decimal("0.00009"), DUE, [0.0001, 0.0002, -0.0001, 0.0003])


def portfolio(positions: int, name: str = "paper") -> SeenPortfolio:
    """So many positions."""
    held = [position(number) for number in range(positions)]
    return SeenPortfolio(name, "composite", Decimal("10012.125"), Decimal(10_000), Decimal("7020.5"), SPLIT, held)


def scene(positions: int = 2, chances: int = 5, health: Health = WELL, portfolios: int = 1) -> Scene:
    """All is well, unless `health` says otherwise."""
    names = ["paper"] if portfolios == 1 else [f"paper:{mode}" for mode in ("simple", "composite", "band")[:portfolios]]
    return Scene(
        [portfolio(positions, name) for name in names],
        [chance(n) for n in range(min(chances, 100))],
        chances,
        health,
        "bybit mainnet",
    )


def told(count: int) -> list[Event]:
    """Funding, second by second."""
    data = '{"amount":"0.1","rate":"0.0001","mark":"1","qty":"1"}'
    return [Event(NOW + n * SECOND, "paper", "funding", f"COIN{n}/USDT:USDT", data=data) for n in range(count)]


def unwell(**changes: int | str | None) -> Health:
    """Health with something wrong."""
    return replace(WELL, **changes)  # type: ignore[arg-type]  # the names are those of the fields
