"""What every Journal keeps: ledger, events, halt, heartbeats, small state, and the closing of a portfolio."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from decimal import Decimal

import pytest

from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.market import Span
from fundarb.domain.money import canonical
from fundarb.domain.orders import Leg, OrderState, Side
from fundarb.errors import JournalConflict
from fundarb.ports.journal import Event, Halt, Journal
from tests.contract.trading_samples import ADOPTED, BTC, ETH, deposit, execution, intent, payment, perp_sale

ALL_TIME = Span(0, 10**15)


def every_shape_of_line() -> Iterator[LedgerLine]:
    """Each kind, leg and side, with fields present and absent."""
    for kind in LineKind:
        yield LedgerLine(1, kind, None, Decimal("-0.000000000000000000000000000001"))
        for leg in (None, *Leg):
            for side in (None, *Side):
                yield LedgerLine(
                    2, kind, BTC, Decimal(10) ** 29, leg, side, Decimal("1.5"), stale_mark=leg is None, reason="why"
                )


async def test_a_ledger_comes_back_line_for_line_in_the_order_it_was_written(journal: Journal) -> None:
    first, second = [deposit(5), perp_sale(9), payment(7)], list(every_shape_of_line())
    await journal.append("paper", first)
    await journal.append("paper", second)
    assert await journal.ledger("paper") == (*first, *second)


async def test_money_comes_back_digit_for_digit(journal: Journal) -> None:
    texts = ["0", "-1", "0.1", "123456789012345678901234567890.123456789012345678901234567891", "-0.000000000000001"]
    await journal.append("paper", [deposit(0, text) for text in texts])
    assert [canonical(line.cash) for line in await journal.ledger("paper")] == texts


async def test_a_ledger_nobody_wrote_to_is_empty(journal: Journal) -> None:
    assert await journal.ledger("live") == ()
    assert await journal.orders("live") == ()
    assert await journal.fills("live") == ()
    assert await journal.portfolios() == ()


async def test_portfolios_do_not_mix(journal: Journal) -> None:
    await journal.append("paper", [deposit(1, "1")])
    await journal.append("live", [deposit(1, "2")])
    await journal.put_order("live", intent("c1"))
    assert [line.cash for line in await journal.ledger("paper")] == [Decimal(1)]
    assert [line.cash for line in await journal.ledger("live")] == [Decimal(2)]
    assert await journal.orders("paper") == ()


async def test_only_portfolios_with_a_line_are_named_in_order_of_name(journal: Journal) -> None:
    await journal.remember("paper:band", "phi", "0.98")
    await journal.append("paper", [deposit()])
    await journal.append("live", [deposit()])
    await journal.append("empty", [])
    assert await journal.portfolios() == ("live", "paper")


async def test_a_pair_that_no_instrument_carries_can_be_booked(journal: Journal) -> None:
    await journal.append("live", [perp_sale(1, ADOPTED)])
    assert [line.pair for line in await journal.ledger("live")] == [ADOPTED]


async def test_an_append_that_fails_midway_leaves_nothing(journal: Journal) -> None:
    await journal.append("paper", [deposit(1, "1")])
    with pytest.raises(ValueError, match="not a finite number"):
        await journal.append("paper", [deposit(2, "2"), perp_sale(2, ADOPTED), deposit(3, "NaN")])
    assert [line.cash for line in await journal.ledger("paper")] == [Decimal(1)]
    await journal.append("paper", [deposit(4, "4")])
    assert [line.cash for line in await journal.ledger("paper")] == [Decimal(1), Decimal(4)]


async def test_tasks_that_write_at_once_each_land_whole(journal: Journal) -> None:
    batches = [[deposit(at, str(at)), payment(at), perp_sale(at)] for at in range(20)]
    await asyncio.gather(*(journal.append("paper", batch) for batch in batches))
    ledger = await journal.ledger("paper")
    written = [list(ledger[start : start + 3]) for start in range(0, 60, 3)]
    assert sorted(written, key=lambda batch: batch[0].at_ms) == batches


async def test_events_are_found_by_half_open_span_and_portfolio(journal: Journal) -> None:
    early = Event(10, "paper", "entered", BTC, "rate", '{"qty": "0.015"}')
    late = Event(30, "live", "halted", None, "drawdown", None)
    between = Event(20, None, "breaker-open")
    await journal.record([early, late])
    await journal.record([between])
    assert await journal.events(None, ALL_TIME) == (early, between, late)
    assert await journal.events(None, Span(10, 30)) == (early, between)
    assert await journal.events(None, Span(11, 31)) == (between, late)
    assert await journal.events("live", ALL_TIME) == (late,)
    assert await journal.events("paper", Span(11, 31)) == ()


async def test_events_of_one_moment_keep_their_order(journal: Journal) -> None:
    told = [Event(10, "paper", name) for name in ("c", "a", "b")]
    await journal.record(told)
    assert await journal.events("paper", ALL_TIME) == tuple(told)


async def test_a_heartbeat_is_the_last_one_told(journal: Journal) -> None:
    assert await journal.heartbeat("trade") is None
    await journal.beat("trade", 10)
    await journal.beat("fetch", 99)
    await journal.beat("trade", 20)
    assert await journal.heartbeat("trade") == 20


async def test_a_halt_stands_until_it_is_lifted_and_a_new_one_takes_its_place(journal: Journal) -> None:
    assert await journal.halt() is None
    some = Halt(5, "news", (ETH, BTC, ADOPTED))
    await journal.change_halt(lambda _: some)
    assert await journal.halt() == some
    everything = Halt(6, "drawdown")
    await journal.change_halt(lambda _: everything)
    assert await journal.halt() == everything
    await journal.change_halt(lambda _: None)
    assert await journal.halt() is None
    await journal.change_halt(lambda _: None)
    assert await journal.halt() is None


async def test_a_halt_is_changed_from_what_stands_and_a_change_that_raises_is_none(journal: Journal) -> None:
    some = Halt(5, "news", (ETH,))
    assert await journal.change_halt(lambda stands: some if stands is None else None) == some

    def refuse(stands: Halt | None) -> Halt | None:
        raise ValueError(f"{stands} is not to be touched")

    with pytest.raises(ValueError, match="is not to be touched"):
        await journal.change_halt(refuse)
    assert await journal.halt() == some


async def test_what_is_remembered_is_recalled_by_portfolio_and_name(journal: Journal) -> None:
    await journal.remember("paper", "band", '{"phi": "0.9"}')
    await journal.remember("paper", "band", '{"phi": "0.8"}')
    await journal.remember("live", "band", "live's own")
    assert await journal.recall("paper", "band") == '{"phi": "0.8"}'
    assert await journal.recall("live", "band") == "live's own"
    assert await journal.recall("paper", "other") is None
    assert await journal.recall("nobody", "band") is None


async def test_closing_a_portfolio_moves_everything_it_wrote(journal: Journal) -> None:
    await journal.append("paper", [deposit()])
    await journal.put_order("paper", intent("c1"))
    await journal.move_order("c1", OrderState.SENT, 2, None, None)
    await journal.put_fills("paper", [execution("e1")], [perp_sale(1)])
    await journal.remember("paper", "band", "fitted")
    await journal.record([Event(3, "paper", "entered", BTC)])

    await journal.close_portfolio("paper", "paper-2024-01-31")

    assert await journal.portfolios() == ("paper-2024-01-31",)
    assert await journal.ledger("paper-2024-01-31") == (deposit(), perp_sale(1))
    assert [order.client_id for order in await journal.orders("paper-2024-01-31")] == ["c1"]
    assert await journal.fills("paper-2024-01-31") == (execution("e1"),)
    assert await journal.recall("paper-2024-01-31", "band") == "fitted"
    assert await journal.events("paper-2024-01-31", ALL_TIME) == (Event(3, "paper-2024-01-31", "entered", BTC),)
    assert await journal.ledger("paper") == ()
    assert await journal.orders("paper") == ()
    assert await journal.fills("paper") == ()
    assert await journal.events("paper", ALL_TIME) == ()
    assert await journal.recall("paper", "band") is None


async def test_a_closed_portfolio_gives_its_name_to_a_new_one(journal: Journal) -> None:
    await journal.append("paper", [deposit(1, "1")])
    await journal.put_fills("paper", [execution("e1")], [perp_sale(1)])
    await journal.close_portfolio("paper", "old")
    await journal.append("paper", [deposit(2, "2")])
    assert await journal.put_fills("paper", [execution("e1")], [perp_sale(2)]) == 1
    assert await journal.ledger("paper") == (deposit(2, "2"), perp_sale(2))
    assert await journal.ledger("old") == (deposit(1, "1"), perp_sale(1))


async def test_a_portfolio_is_never_closed_over_another(journal: Journal) -> None:
    await journal.append("paper", [deposit(1, "1")])
    await journal.append("old", [deposit(2, "2")])
    with pytest.raises(JournalConflict, match="old: that id is taken"):
        await journal.close_portfolio("paper", "old")
    assert await journal.ledger("paper") == (deposit(1, "1"),)
    assert await journal.ledger("old") == (deposit(2, "2"),)


async def test_closing_a_portfolio_that_is_not_there_changes_nothing(journal: Journal) -> None:
    await journal.append("live", [deposit()])
    await journal.close_portfolio("paper", "old")
    assert await journal.portfolios() == ("live",)
