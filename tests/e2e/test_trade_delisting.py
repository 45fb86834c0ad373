"""A pair that leaves the venue while it is held: left ahead of its end where that is announced, and where nobody was there
when it came, what the venue settled is booked and the other leg sold at once."""

from __future__ import annotations

import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

from fundarb.accounting.book import fold
from fundarb.domain.instants import DAY, HOUR, iso, parse_instant
from fundarb.domain.ledger import LedgerLine, LineKind
from fundarb.domain.orders import Leg
from tests.cli.processes import fundarb
from tests.e2e.account_view import orders, require_same, shorts, wallet
from tests.e2e.hooks import webhook
from tests.e2e.trading import KEYS, LIVE, control, ledger, named, once, pairs, posted, running, stopped, until, words
from tests.sandbox.running import spawned_sandbox

BEGUN = parse_instant("2026-05-22T00:00Z")
ANNOUNCED = parse_instant("2026-05-22T10:00Z")
GONE = parse_instant("2026-05-25T10:00Z")  # no settlement, and no full poll either
PAIR, MARKET, COIN = "KRUFORA/USDT:USDT", "KRUFORAUSDT", "KRUFORA"
SANDBOX = ("--pairs", "3", "--start", iso(BEGUN), "--speed", "step")
BOTH = ("--mode", "hold", "--set", f"universe.pairs=[BTC,{COIN}]")
ALONE = ("--mode", "hold", "--set", f"universe.pairs=[{COIN}]")


def test_a_live_trader_leaves_ahead_of_an_announced_end_by_ordinary_fills_and_says_so(tmp_path: Path) -> None:
    heard, answer = list[Any](), threading.Event()
    answer.set()
    with spawned_sandbox(*SANDBOX) as sandbox, webhook(heard, answer) as hook:
        told_to = ("--set", f"notify.webhook={hook}", "--set", "trade.poll=4h")
        with running(sandbox.url, tmp_path, *LIVE, *BOTH, *told_to) as process:
            told = until(process, "cycle", "2026-05-23T08:00:00Z")
            told += stopped(process)
        assert shorts(sandbox.url).keys() == {"BTCUSDT"}
        require_same(sandbox.url, ledger(tmp_path, "live"), pairs(tmp_path))
    (leaving,), (closed,) = named(told, "leaving"), named(told, "closed")
    assert iso(ANNOUNCED) <= leaving["t"] <= closed["t"] <= iso(ANNOUNCED + 4 * HOUR)  # at the next poll, the same day
    assert (leaving["pair"], closed["pair"], closed["reason"]) == (PAIR, PAIR, "delisting")
    assert named(told, "delisted") == []
    assert {line.kind for line in of_pair(tmp_path, "live")} == {LineKind.FILL, LineKind.FUNDING}
    (trade,) = fold(ledger(tmp_path, "live")).closed
    assert trade.close_reason == "delisting"
    assert named(told, "cycle")[-1]["refused"].keys() == {"delisting_notice"}
    messages = [one["text"] for one in heard if one["event"] == "closed"]
    assert len(messages) == 2  # that it must be left, and that it was
    assert all(COIN in text and "delisting" in text for text in messages)


def test_what_was_delisted_while_the_live_trader_was_down_is_booked_and_its_spot_sold_at_the_start(
    tmp_path: Path,
) -> None:
    """The pair is named in the configuration, where nobody could strike it out meanwhile."""
    with spawned_sandbox(*SANDBOX) as sandbox:
        once(sandbox.url, tmp_path, *LIVE, *BOTH)
        held = shorts(sandbox.url)[MARKET]
        posted(f"{sandbox.url}/sandbox/clock", {"to": GONE + 2 * HOUR})
        assert (MARKET in shorts(sandbox.url), wallet(sandbox.url)[COIN] > held) == (False, True)
        told = once(sandbox.url, tmp_path, *LIVE, *BOTH)
        lines = of_pair(tmp_path, "live")
        (settled,), (sold,) = on_leg(lines, Leg.PERP, LineKind.DELISTING), on_leg(lines, Leg.SPOT, LineKind.DELISTING)
        assert (settled.at_ms, settled.qty, settled.reason) == (GONE, held, "delisting")
        assert (sold.at_ms, sold.qty) == (GONE + 2 * HOUR, held)
        assert [line.at_ms for line in lines if line.kind is LineKind.FUNDING] == settlements()
        assert [one["pair"] for one in named(told, "delisted")] == [PAIR, PAIR]
        assert "differs" not in {one["event"] for one in told}
        require_same(sandbox.url, ledger(tmp_path, "live"), pairs(tmp_path))
        healthy = fundarb("doctor", "--set", f"venue.url={sandbox.url}", *BOTH[2:], cwd=tmp_path, **KEYS)
        assert healthy.returncode == 0, healthy.stdout
        sent, booked = orders(sandbox.url), ledger(tmp_path, "live")
        assert not named(once(sandbox.url, tmp_path, *LIVE, *BOTH), "healed")
        assert (orders(sandbox.url), ledger(tmp_path, "live")) == (sent, booked)


def test_a_coin_that_no_market_takes_any_more_is_said_and_leaves_by_a_withdrawal_or_to_its_owner(
    tmp_path: Path,
) -> None:
    """Down until the spot market had ended too: half is taken out of the account, the other half kept in it."""
    with spawned_sandbox(*SANDBOX) as sandbox:
        once(sandbox.url, tmp_path, *LIVE, *BOTH)
        posted(f"{sandbox.url}/sandbox/clock", {"to": GONE + 8 * DAY})
        (differs,) = named(once(sandbox.url, tmp_path, *LIVE, *BOTH, code=6), "differs")
        (stranded,) = differs["differences"]
        assert stranded.startswith(f"{PAIR}: unhedged")
        assert "its spot market is gone" in differs["plan"][0]
        held = wallet(sandbox.url)[COIN]
        control(sandbox.url, "account/withdraw", coin=COIN, amount=str(held / 2))
        (differs,) = named(once(sandbox.url, tmp_path, *LIVE, *BOTH, code=6), "differs")
        assert wallet(sandbox.url)[COIN] == fold(ledger(tmp_path, "live")).positions[PAIR].spot == held / 2
        command = ("reconcile", "live", "--exclude", COIN, "--apply", "--set", f"venue.url={sandbox.url}")
        kept = fundarb(*command, cwd=tmp_path, **KEYS)
        assert kept.returncode == 0, kept.stdout + kept.stderr
        assert not named(once(sandbox.url, tmp_path, *LIVE, *BOTH), "differs")
        book = fold(ledger(tmp_path, "live"))
        assert (list(book.positions), book.cash) == (["BTC/USDT:USDT"], wallet(sandbox.url)["USDT"])
        assert wallet(sandbox.url)[COIN] == held / 2
    (trade,) = book.closed
    (settled,) = on_leg(of_pair(tmp_path, "live"), Leg.PERP, LineKind.DELISTING)
    left = on_leg(of_pair(tmp_path, "live"), Leg.SPOT, LineKind.DELISTING)
    assert (trade.close_reason, {line.price for line in left}) == ("delisting", {settled.price})


def test_paper_that_was_down_books_every_payment_and_the_end_though_nothing_else_is_left_to_trade(
    tmp_path: Path,
) -> None:
    """Three days are longer than `hold` looks back. Then it says that there is nothing more to do."""
    with spawned_sandbox(*SANDBOX) as sandbox:
        once(sandbox.url, tmp_path, *ALONE)
        posted(f"{sandbox.url}/sandbox/clock", {"to": GONE + 2 * HOUR})
        once(sandbox.url, tmp_path, *ALONE)
        done = fundarb(*words(sandbox.url, "--once", *ALONE), cwd=tmp_path)
    lines = of_pair(tmp_path, "paper")
    assert [line.at_ms for line in lines if line.kind is LineKind.FUNDING] == settlements()
    ends = [(line.leg, line.at_ms) for line in lines if line.kind is LineKind.DELISTING]
    assert ends == [(Leg.SPOT, GONE + 2 * HOUR), (Leg.PERP, GONE + 2 * HOUR)]
    assert not fold(ledger(tmp_path)).positions
    assert fold(ledger(tmp_path)).closed[0].split.other < Decimal(-10)  # the haircut on what nobody wants any more
    assert done.returncode == 3
    assert "no pair to trade" in done.stderr


def of_pair(cwd: Path, portfolio: str) -> list[LedgerLine]:
    """What was booked of the pair that ends."""
    return [line for line in ledger(cwd, portfolio) if line.pair == PAIR]


def on_leg(lines: list[LedgerLine], leg: Leg, kind: LineKind) -> list[LedgerLine]:
    """Lines of one leg and kind."""
    return [line for line in lines if (line.leg, line.kind) == (leg, kind)]


def settlements() -> list[int]:
    """Every one between the beginning and the end: this pair settles every eight hours."""
    return list(range(BEGUN + 8 * HOUR, GONE, 8 * HOUR))
