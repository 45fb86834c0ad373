"""Live trading at a sandbox for days, stepped, from a seed: faults on order, what a venue does of its own accord, stops and
kills; then calm, and an independent look at both sides."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fundarb.accounting.book import fold
from fundarb.domain.instants import HOUR, iso
from tests.cli.processes import environment
from tests.e2e.account_view import fired, require_same
from tests.e2e.trading import KEYS, LIVE, control, faulty, ledger, named, once, pairs, words

SETS = (
    "strategy.simple.entry=0.00009",
    "strategy.simple.exit=0.00007",
    "sizing.size_usd=500",
    "trade.reconcile_every=2h",
)
OPTIONS = (*LIVE, "--mode", "simple", *(word for one in SETS for word in ("--set", one)))
GARBAGE = ("html", "null-body", "broken-json", "truncate", "reset", "empty-body")
READS = ("/v5/account/wallet-balance", "/v5/position/list", "/v5/execution/list", "/v5/account/transaction-log")
EXPECTED_ENDS = (0, 4, 6, 128 + signal.SIGTERM, -signal.SIGKILL)  # recovered, or ended in bounded time and saying why


@dataclass
class Campaign:
    """What was done to a trader, and what it told."""

    url: str
    cwd: Path
    rng: random.Random
    poll: str
    told: list[dict[str, Any]] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)
    ends: Counter[int] = field(default_factory=Counter)
    happened: Counter[str] = field(default_factory=Counter)

    def run(self, start_ms: int, days: float) -> None:
        """Stretches of trading until that many days have passed, then calm."""
        at_ms, end_ms = start_ms, start_ms + round(days * 24) * HOUR
        while at_ms < end_ms:
            at_ms = min(end_ms, at_ms + self.rng.choice((8, 16, 24)) * HOUR)
            faulty(self.url, *self._faults())
            while not self._stretch(at_ms):
                continue  # ended in bounded time; a watchdog would start it again
            self.struck.update(fired(self.url))
        faulty(self.url)

    def settle(self) -> None:
        """Nothing goes wrong any more: one start heals, another finds nothing to heal, and both sides are the same."""
        self.told += once(self.url, self.cwd, *OPTIONS)
        again = once(self.url, self.cwd, *OPTIONS)
        assert named(again, "healed") == named(again, "differs") == []
        require_same(self.url, ledger(self.cwd, "live"), pairs(self.cwd))

    def _stretch(self, until_ms: int) -> bool:
        """One process; whether it came as far as it should before it ended."""
        argv = [sys.executable, "-m", "fundarb", *words(self.url, *OPTIONS, "--set", f"trade.poll={self.poll}")]
        env, pipe = environment(**KEYS), subprocess.PIPE
        with subprocess.Popen(argv, cwd=self.cwd, env=env, stdout=pipe, stderr=pipe, text=True) as process:
            try:
                arrived = self._heard(process, iso(until_ms))
                process.send_signal(self.rng.choice((signal.SIGTERM, signal.SIGKILL)))
                out, said = process.communicate(timeout=120)
            finally:
                process.kill()
        self.told += [json.loads(line) for line in out.splitlines() if line.endswith("}")]
        assert process.returncode in EXPECTED_ENDS, (process.returncode, said)
        self.ends[process.returncode] += 1
        return arrived

    def _heard(self, process: subprocess.Popen[str], until: str) -> bool:
        """Follow the events up to a cycle at or after a time; now and then the venue does something of its own accord."""
        assert process.stdout is not None
        for line in process.stdout:
            self.told.append(json.loads(line))
            if self.told[-1]["event"] == "cycle":
                if self.told[-1]["t"] >= until:
                    return True
                if self.rng.random() < 0.4:
                    self._happen()
        return False

    def _happen(self) -> None:
        """What is nobody's fault."""
        name = self.rng.choice(("adl", "bust", "deposit", "interest", "rebate", "fill-next", "thin"))
        held = sorted(fold(ledger(self.cwd, "live")).positions)  # not asked of the venue: that would use up a fault
        if name in ("adl", "bust"):
            if not held:
                return
            more = {"fraction": self.rng.choice(("0.3", "1"))} if name == "adl" else {}
            control(
                self.url, f"account/{name}", symbol=self.rng.choice(held).partition(":")[0].replace("/", ""), **more
            )
        elif name == "fill-next":
            control(self.url, "account/fill-next", fraction=self.rng.choice(("0", "0.0007", "0.4")))
        elif name == "thin":
            control(
                self.url, "account/liquidity", category="spot", symbol="SOLUSDT", share=self.rng.choice(("0.01", "1"))
            )
        else:
            control(self.url, f"account/{name}", coin="USDT", amount=self.rng.choice(("0.013", "250")))
        self.happened[name] += 1

    def _faults(self) -> list[dict[str, Any]]:
        """Some for orders, some for what is only read; each strikes a bounded number of times."""
        rng = self.rng
        order = {
            "path": "/v5/order/create",
            "fault": rng.choice(GARBAGE),
            "where": rng.choice(("before", "after", "after")),
        }
        refused = {"path": "/v5/order/create", "fault": "code", "code": rng.choice((110007, 10016, 170131, 110072))}
        read = {"path": rng.choice(READS), "fault": rng.choice(GARBAGE)}
        asked = {"path": "/v5/order/realtime", "fault": rng.choice(GARBAGE), "method": "GET"}
        market = {"path": "/v5/market/tickers", "fault": "code", "code": 10016}
        wanted = [one for one in (order, refused, read, asked, market) if rng.random() < 0.6]
        return [
            {**one, "after": rng.randint(0, 8), "count": rng.choice((1, 1, 2)), "name": f"{one['fault']} {one['path']}"}
            for one in wanted
        ]
