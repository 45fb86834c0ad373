"""An independent comparison of a sandbox and a journal: the one asked over HTTP, the other read as plain SQLite rows.
Nothing of fundarb's own reading, folding or comparing takes part."""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
import urllib.request
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.e2e.trading import posted

API = ("canary-key-7f3a", "canary-secret-c01d9e")
WEEK_MS = 7 * 24 * 3_600_000
SPREAD = Decimal("1.02")  # of prices, between the last sale and the one that was too small
DUPLICATE = (110072, 170141)  # linear, spot
HELD = "category=linear&settleCoin=USDT&limit=200"
UNENDED = ("intent", "sent", "acked", "unknown")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Lots:
    """A lot of each leg together, in base units, and what no sale of spot may be worth less than, in quote."""

    both: Decimal
    least_sale: Decimal


@dataclass(frozen=True, slots=True)
class Venue:
    """What the sandbox says of its account."""

    url: str
    begun_ms: int
    key: tuple[str, str] = API

    def now_ms(self) -> int:
        """Venue time."""
        with urllib.request.urlopen(f"{self.url}/sandbox/clock", timeout=30) as response:
            return int(json.loads(response.read())["now"])

    def pass_time(self, ms: int) -> None:
        """Move its clock."""
        posted(f"{self.url}/sandbox/clock", {"to": self.now_ms() + ms})

    def arrive(self) -> None:
        """Let arrive what is under way: a stepped clock waits for that before it moves, by as little as it may."""
        self.pass_time(1)

    def fired(self) -> int:
        """How often the faults in force have fired."""
        with urllib.request.urlopen(f"{self.url}/sandbox/faults", timeout=30) as response:
            return sum(one["fired"] for one in json.loads(response.read())["faults"])

    def sent_again(self) -> int:
        """How many orders were turned away because their client id had been there before."""
        with urllib.request.urlopen(f"{self.url}/sandbox/requests", timeout=30) as response:
            outcomes = json.loads(response.read())["outcomes"]
        return sum(outcomes.get(f"200/{code}", 0) for code in DUPLICATE)

    def wallet(self) -> dict[str, Decimal]:
        """Coins that are not zero."""
        (account,) = self._rows("/v5/account/wallet-balance", "accountType=UNIFIED")
        held = {row["coin"]: Decimal(row["walletBalance"]) for row in account["coin"]}
        return {coin: qty for coin, qty in held.items() if qty}

    def short(self, market: str) -> Decimal:
        """Size of a perp position, which is sold or nothing."""
        (row,) = self._rows("/v5/position/list", f"category=linear&symbol={market}")
        size = Decimal(row["size"])
        assert not size or row["side"] == "Sell", row
        return size

    def shorts(self) -> dict[str, Decimal]:
        """Sizes of perp positions that are not flat."""
        sizes = {row["symbol"]: Decimal(row["size"]) for row in self._rows("/v5/position/list", HELD)}
        return {market: size for market, size in sizes.items() if size}

    def orders(self) -> list[str]:
        """The client id of every order that was ever taken up."""
        return [row["orderLinkId"] for row in self.ordered()]

    def ordered(self) -> list[Row]:
        """Every order that was ever taken up, the newest of each category first."""
        return [row for kind in ("spot", "linear") for row in self._weekly("/v5/order/history", f"category={kind}")]

    def executions(self) -> list[Row]:
        """Everything that was executed, funding too."""
        return [
            {**row, "category": kind}
            for kind in ("spot", "linear")
            for row in self._weekly("/v5/execution/list", f"category={kind}")
        ]

    def lots(self, market: str) -> Lots:
        """What both legs are traded in (the perp counts the same units as the spot here)."""
        spot = self._rows("/v5/market/instruments-info", f"category=spot&symbol={market}")[0]["lotSizeFilter"]
        perp = self._rows("/v5/market/instruments-info", f"category=linear&symbol={market}")[0]["lotSizeFilter"]
        return Lots(Decimal(spot["basePrecision"]) + Decimal(perp["qtyStep"]), Decimal(spot["minOrderAmt"]))

    def _weekly(self, path: str, query: str) -> Iterator[Row]:
        """Every row of every page of every week."""
        end_ms = self.now_ms() + 60_000
        for start_ms in range(self.begun_ms, end_ms, WEEK_MS):
            within = f"{query}&limit=50&startTime={start_ms}&endTime={min(start_ms + WEEK_MS, end_ms) - 1}"
            page = self._asked(path, within)
            yield from page["list"]
            while page["list"] and page["nextPageCursor"]:
                page = self._asked(path, f"{within}&cursor={quote(page['nextPageCursor'], safe='')}")
                yield from page["list"]

    def _rows(self, path: str, query: str) -> list[Any]:
        found: list[Any] = self._asked(path, query)["list"]
        return found

    def _asked(self, path: str, query: str) -> Any:
        key, secret = self.key
        stamp = str(self.now_ms())
        signature = hmac.new(secret.encode(), f"{stamp}{key}5000{query}".encode(), hashlib.sha256).hexdigest()
        told = {
            "X-BAPI-API-KEY": key,
            "X-BAPI-TIMESTAMP": stamp,
            "X-BAPI-RECV-WINDOW": "5000",
            "X-BAPI-SIGN": signature,
        }
        with urllib.request.urlopen(
            urllib.request.Request(f"{self.url}{path}?{query}", headers=told), timeout=30
        ) as got:
            document = json.loads(got.read())
        assert document["retCode"] == 0, document
        return document["result"]


def rows(database: Path, query: str) -> list[Any]:
    """What a query finds; nothing where there is no such database, or no such table yet."""
    if not database.exists():
        return []
    connection = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
    try:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'ledger'").fetchall():
            return []
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def acknowledged(database: Path) -> dict[str, list[Any]]:
    """What a journal holds that may never be lost again."""
    kept = (
        "id, at_ms, kind, cash, qty, price FROM ledger",
        "id, client_id, qty FROM orders",
        "id, execution_id FROM fills",
    )
    return {what.rpartition(" ")[2]: rows(database, f"SELECT {what} ORDER BY id") for what in kept}


def lost(before: Mapping[str, list[Any]], now: Mapping[str, list[Any]]) -> list[str]:
    """What was there and is not any more, or is another."""
    return [f"{name} lost rows" for name, old in before.items() if now[name][: len(old)] != old]


def violations(venue: Venue, database: Path, market: str, coin: str, forgotten: Iterable[str]) -> list[str]:
    """Every invariant that does not hold. `forgotten`: orders a lost database took with it, which brought nothing."""
    return [
        *_order_violations(venue, database, set(forgotten)),
        *_execution_violations(venue, database),
        *_money_violations(venue, database, market, coin),
    ]


def _order_violations(venue: Venue, database: Path, forgotten: set[str]) -> list[str]:
    """Every order of the venue is in the journal, once, and every order of the journal has an end."""
    sent = Counter(venue.orders())
    known = dict(rows(database, "SELECT client_id, state FROM orders"))
    wrong = [f"{name} was sent {times} times" for name, times in sent.items() if times > 1]
    wrong += [
        f"{name} is at the venue, not in the journal" for name in sent if name not in known and name not in forgotten
    ]
    return wrong + [f"{name} is still {state}" for name, state in known.items() if state in UNENDED]


def _execution_violations(venue: Venue, database: Path) -> list[str]:
    """Every execution is booked once, every payment of funding as it was paid."""
    told = venue.executions()
    traded = Counter(row["execId"] for row in told if row["execType"] != "Funding")
    booked = Counter(name for (name,) in rows(database, "SELECT execution_id FROM fills"))
    paid = Counter((int(row["execTime"]), -Decimal(row["execFee"])) for row in told if row["execType"] == "Funding")
    lines = Counter(
        (at_ms, Decimal(cash))
        for at_ms, cash in rows(database, "SELECT at_ms, cash FROM ledger WHERE kind = 'funding'")
    )
    wrong = [f"executed and booked differ: {(traded - booked) + (booked - traded)}"] if traded != booked else []
    return wrong + ([f"paid and booked funding differ: {(paid - lines) + (lines - paid)}"] if paid != lines else [])


@dataclass(slots=True)
class Tally:
    """What fills come to, in the order they happened. `dust` is what all positions before the newest left behind."""

    coin: str
    lots: Lots
    held: Decimal = Decimal(0)
    sold: Decimal = Decimal(0)
    dust: Decimal = Decimal(0)
    price: Decimal = Decimal(0)
    growing: bool = False
    wrong: list[str] = field(default_factory=list)

    def count(self, leg: str, side: str, qty: str, price: str, fee: str, fee_coin: str) -> None:
        """One fill."""
        grows = (leg, side) in (("spot", "buy"), ("perp", "sell"))
        if grows and not self.growing and not self.sold:
            self.judge()
            self.dust = self.held
        self.growing, change = grows, Decimal(qty) if grows else -Decimal(qty)
        if leg == "perp":
            self.sold += change
        else:
            self.price = Decimal(price)
            self.held += change - (Decimal(fee) if fee_coin == self.coin else 0)

    def judge(self) -> None:
        """No leg stands alone beyond a lot of each; without a short, what stays behind is too little to be sold. A ledger
        out of the venue's history may hedge with the dust too, since no venue knows where a position ended."""
        alone = self.held - self.dust - self.sold
        unsold = not self.sold and 0 <= alone * self.price < self.lots.least_sale * SPREAD
        if (alone > self.lots.both and not unsold) or alone + max(self.dust, Decimal(0)) < -self.lots.both:
            self.wrong.append(f"net delta {alone} {self.coin} at rest")


def _money_violations(venue: Venue, database: Path, market: str, coin: str) -> list[str]:
    """Cash, coins and the short to the digit; no leg alone beyond a lot of each."""
    wallet, short, tally = venue.wallet(), venue.short(market), Tally(coin, venue.lots(market))
    cash = sum((Decimal(one) for (one,) in rows(database, "SELECT cash FROM ledger")), Decimal(0))
    happened = {row["execId"]: int(row["seq"]) for row in venue.executions()}
    fills = rows(database, "SELECT execution_id, leg, side, qty, price, fee, fee_ccy FROM fills")
    for _, *fill in sorted(fills, key=lambda one: happened.get(one[0], 0)):
        tally.count(*fill)
    tally.judge()
    held = wallet.get(coin, Decimal(0))
    wrong = [f"wallet {wallet.get('USDT')}, ledger {cash}"] if wallet.get("USDT", Decimal(0)) != cash else []
    wrong += [f"{coin}: wallet {held}, fills {tally.held}"] if held != tally.held else []
    wrong += [f"short {short}, fills {tally.sold}"] if short != tally.sold else []
    return wrong + tally.wrong


def leaked(folder: Path, said: Iterable[str]) -> list[str]:
    """Files and words in which the key or its secret stands."""
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    texts = {**files, **{f"output {number}": text.encode() for number, text in enumerate(said)}}
    return [f"the key stands in {name}" for name, text in texts.items() if any(one.encode() in text for one in API)]
