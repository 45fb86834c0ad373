"""A sandbox and a live trader of one pair in processes of their own: at rest, struck, healed and compared."""

from __future__ import annotations

import json
import random
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fundarb.domain.instants import HOUR, MINUTE, SECOND
from tests.cli.processes import fundarb
from tests.e2e.live_audit import API, Venue, acknowledged, leaked, lost, rows, violations
from tests.e2e.live_points import CREATE, Before
from tests.e2e.live_strikes import MARKET
from tests.e2e.trading import DATABASE, LIVE, control, faulty

START = "2026-01-10T07:00Z"
COIN = MARKET.removesuffix("USDT")
SETTLING_MS, SOON_MS = 8 * HOUR, MINUTE + SECOND
KEYS = {"FUNDARB_API_KEY": API[0], "FUNDARB_API_SECRET": API[1]}
SETS = (f"universe.pairs=[{COIN}]", "sizing.size_usd=200")


@dataclass
class World:
    """What one cell is run in. `forgotten` are orders that went with a lost database and brought nothing, `feigned` the
    times a fault said that an order had been sent before, `leads` is the leg of which less is to be had."""

    url: str
    cwd: Path
    venue: Venue
    forgotten: set[str] = field(default_factory=set)
    feigned: int = 0
    leads: str = ""
    said: list[str] = field(default_factory=list)

    @property
    def database(self) -> Path:
        """The trader's."""
        return self.cwd / DATABASE

    def trading(self, *more: str) -> list[str]:
        """The command line of one cycle that holds the pair."""
        sets = [word for one in (f"venue.url={self.url}", *SETS) for word in ("--set", one)]
        return [
            "trade",
            *LIVE,
            "--once",
            "--mode",
            "hold",
            "--format",
            "jsonl",
            "-vv",
            "--log-file",
            "log",
            *sets,
            *more,
        ]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command to its end."""
        return self.heard(fundarb(*words, cwd=self.cwd, **KEYS))

    def heard(self, done: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
        """Keep what it said, in which no key may stand."""
        self.said += [done.stdout, done.stderr]
        return done

    def must(self, *words: str) -> str:
        """A command that ends well; what it answered."""
        done = self.run(*words)
        assert done.returncode == 0, f"{words[0]} ended with {done.returncode}: {_last(done)}"
        return done.stdout

    def rest(self, before: Before, rng: random.Random, *, leads: str | None = None) -> None:
        """What happened to it since it came to rest, flat or holding; of one leg there is less, by the dice unless told."""
        self.venue.pass_time(SOON_MS)
        assert (before is Before.FLAT) != bool(self.venue.short(MARKET))
        if before is Before.SETTLED:
            self.venue.pass_time(SETTLING_MS - self.venue.now_ms() % SETTLING_MS + MINUTE)
        elif before is Before.REDUCED:
            control(self.url, "account/adl", symbol=MARKET, fraction=rng.choice(("0.3", "0.5")))
        self.leads = leads or rng.choice(("spot", "perp"))
        self.liquid(**{"spot": "1", "perp": "1", self.leads: "0.05"})

    def prepare(self, how: str) -> None:
        """How the venue deals with the orders to come."""
        if how == "partial":
            control(self.url, "account/fill-next", fraction="0.4")
        elif how == "refused":
            faulty(self.url, {"path": CREATE, "fault": "code", "code": 110007, "after": 1, "count": 3})

    def calm(self) -> None:
        """Nothing goes wrong any more, once what was sent while it did has arrived."""
        self.venue.arrive()
        faulty(self.url)
        self.liquid(spot="1", perp="1")

    def liquid(self, *, spot: str, perp: str) -> None:
        """The share of the books that can be had."""
        control(self.url, "account/liquidity", category="spot", symbol=MARKET, share=spot)
        control(self.url, "account/liquidity", category="linear", symbol=MARKET, share=perp)

    def restart(self, rng: random.Random) -> None:
        """As a watchdog would, or a person."""
        if rng.random() < 0.5:
            self.must(*self.trading())
        else:
            self.must(*self.reconciling("--apply"))

    def restore(self, before: dict[str, list[Any]]) -> None:
        """What cannot be read is refused, and nothing is sent; the venue's history brings the rest back."""
        meant = {name for _, name, _ in before["orders"]} | self.forgotten
        refused = self.run(*self.trading())
        assert refused.returncode == 3, f"a corrupt database ended with {refused.returncode}: {_last(refused)}"
        assert set(self.venue.orders()) <= meant, "orders were sent on a corrupt database"
        for end in ("", "-wal", "-shm"):
            Path(f"{self.database}{end}").unlink(missing_ok=True)
        self.must("recover", "live", "--apply", "--set", f"venue.url={self.url}")
        known = {name for (name,) in rows(self.database, "SELECT client_id FROM orders")}
        self.forgotten = set(self.venue.orders()) - known

    def reconciling(self, *more: str) -> list[str]:
        """The command line of a comparison."""
        return ["reconcile", "live", "--format", "json", "--set", f"venue.url={self.url}", *more]

    def wrong(self, before: dict[str, list[Any]] | None) -> list[str]:
        """Every invariant that does not hold; the second recovery changes nothing, and nothing acknowledged is lost."""
        healed = acknowledged(self.database)
        found = lost(before, healed) if before is not None else []
        again = json.loads(self.must(*self.reconciling("--apply")))
        found += [f"recovered again: {again}"] if any(again.values()) or acknowledged(self.database) != healed else []
        found += violations(self.venue, self.database, MARKET, COIN, self.forgotten)
        again_sent = self.venue.sent_again() - self.feigned
        found += [f"{again_sent} orders were sent twice"] if again_sent else []
        return found + leaked(self.cwd, self.said)


def _last(done: subprocess.CompletedProcess[str]) -> str:
    return " / ".join((done.stderr or done.stdout).splitlines()[-3:])
