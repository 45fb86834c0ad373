"""`reconcile paper` over a store: a payment that was settled and never booked is shown, booked once, and all agrees."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.adapters.sqlite.market_writer import SqliteMarketWriter
from fundarb.bootstrap.halting import halt, resume
from fundarb.bootstrap.reconciling import Wish, default_portfolio, reconcile_on_paper
from fundarb.config import resolve
from fundarb.domain.instants import HOUR
from fundarb.domain.ledger import LineKind
from fundarb.engine.reconcile.plan import Act, Kind
from fundarb.engine.trading.flatten_request import FlattenRequest, keep, kept
from fundarb.errors import DataError, RiskHalt
from fundarb.ports.market import OnConflict, RateDigits
from tests.engine.live.episodes import BTC
from tests.engine.reconcile.test_paper import LINES, PAID

SETTLED = LINES[-1].at_ms // HOUR * HOUR + 8 * HOUR


async def stored(database: Path, portfolio: str = "paper") -> None:
    """A position, and a settlement since."""
    async with open_store(database, "write", durable=True) as connection:
        await SqliteJournal(connection).append(portfolio, LINES)
        writer = SqliteMarketWriter(connection, lambda: SETTLED)
        async with writer.transaction():
            await writer.put_pairs([BTC], SETTLED, OnConflict.REFUSE)
            await writer.put_settlements([RateDigits(BTC.symbol, SETTLED, "0.0003")], OnConflict.REFUSE)


async def test_a_payment_the_ledger_lacks_is_booked_once(tmp_path: Path) -> None:
    database = tmp_path / "a.db"
    await stored(database)
    assert await default_portfolio(database) == "paper"
    shown = await reconcile_on_paper(database, Wish())
    assert [one.kind for one in shown.left.differences] == [Kind.UNBOOKED_FUNDING]
    assert shown.applied == ()
    done = await reconcile_on_paper(database, Wish(apply=True))
    assert ([step.act for step in done.applied], done.left.agreed) == ([Act.BOOK], True)
    assert (await reconcile_on_paper(database, Wish(apply=True))).applied == ()
    async with open_store(database, "read") as connection:
        *before, line = await SqliteJournal(connection).ledger("paper")
    assert tuple(before) == LINES
    assert (line.kind, line.at_ms, line.cash, line.stale_mark) == (
        LineKind.FUNDING,
        SETTLED,
        2 * 100 * Decimal("0.0003"),
        True,
    )


async def test_without_a_paper_ledger_there_is_nothing_to_check(tmp_path: Path) -> None:
    await stored(tmp_path / "a.db", "live.old")
    with pytest.raises(DataError, match="no paper portfolio"):
        await reconcile_on_paper(tmp_path / "a.db", Wish())


async def test_resume_takes_a_request_back_and_waits_for_what_no_look_would_heal(tmp_path: Path) -> None:
    database = tmp_path / "a.db"
    await stored(database)
    resolved = resolve((), {}, (), {}, database)
    await halt(database, (), "by hand")
    async with open_store(database, "append", durable=True) as connection:
        journal = SqliteJournal(connection)
        await keep(journal, "paper", FlattenRequest(1, ()))
        assert (await resume(database, (), resolved, lambda: None)).halt is None
        assert await kept(journal, "paper") is None
        await journal.append("paper", [PAID, PAID])
        await halt(database, ["BTC"], "by hand")
        with pytest.raises(RiskHalt, match="paid twice"):
            await resume(database, (), resolved, lambda: None)
        stands = await journal.halt()
        assert stands is not None
        assert stands.pairs == (BTC.symbol,)
