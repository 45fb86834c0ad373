"""Live trading at a sandbox for days, stepped, from a seed: faults on order, what a venue does of its own accord, stops and
kills; then calm, and an independent look at both sides.

The trader stands still at every step that moves money, remembers it or lets time pass, and whatever is done to it is done
there: the seed decides at which step, the wall nothing."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fundarb.accounting.book import fold
from fundarb.domain.instants import HOUR, parse_instant
from tests.e2e.account_view import require_same
from tests.e2e.live_audit import Venue
from tests.e2e.live_digest import digest
from tests.e2e.live_gate import Gated, gated
from tests.e2e.live_weather import Weather, drawn_weather
from tests.e2e.trading import DATABASE, KEYS, LIVE, control, ledger, named, once, pairs, words
from tests.sandbox.running import spawned_sandbox

START = "2026-01-10T08:00Z"

SETS = (
    "strategy.simple.entry=0.00009",
    "strategy.simple.exit=0.00007",
    "sizing.size_usd=500",
    "trade.reconcile_every=2h",
)
OPTIONS = (*LIVE, "--mode", "simple", *(word for one in SETS for word in ("--set", one)))
HAPPENS = 0.06  # of the looks
LAST_STEPS = ("sleep", "put_order", "submit", "put_fills", "append", "executions")  # one of them a process ends at,
WITHIN_MS = 9 * HOUR  # if it comes to it so soon after its time
EXPECTED_ENDS = (0, 4, 6, 128 + signal.SIGTERM, -signal.SIGKILL)  # recovered, or ended in bounded time and saying why


@dataclass
class Campaign:
    """What was done to a trader, what it told, and the digest of what it and the venue were left with."""

    venue: Venue
    cwd: Path
    rng: random.Random
    poll: str
    told: list[dict[str, Any]] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)
    ends: Counter[int] = field(default_factory=Counter)
    happened: Counter[str] = field(default_factory=Counter)
    left: str = ""

    def run(self, days: float) -> None:
        """Stretches of trading until that many days have passed, then calm."""
        end_ms = self.venue.begun_ms + round(days * 24) * HOUR
        while (now_ms := self.venue.now_ms()) < end_ms:
            until_ms = min(end_ms, now_ms + self.rng.choice((8, 16, 24)) * HOUR)
            weather = drawn_weather(self.venue.url, self.rng)
            while not self._stretch(until_ms, weather):
                continue  # ended in bounded time; a watchdog would start it again
            weather.clear()
            self.struck.update(weather.struck)

    def settle(self) -> None:
        """Nothing goes wrong any more: one start heals, another finds nothing to heal, and both sides are the same."""
        self.told += once(self.venue.url, self.cwd, *OPTIONS)
        again = once(self.venue.url, self.cwd, *OPTIONS)
        assert named(again, "healed") == named(again, "differs") == []
        require_same(self.venue.url, ledger(self.cwd, "live"), pairs(self.cwd))
        self.left = digest(self.venue, self.cwd / DATABASE)

    def summary(self) -> str:
        """What a rerun of the seed gives again."""
        told = ", ".join(f"{len(named(self.told, name))} {name}" for name in ("opened", "healed", "unsure"))
        counts: dict[str, Counter[Any]] = {"ended": self.ends, "happened": self.happened, "struck": self.struck}
        counted = "; ".join(f"{what} {_sorted(counter)}" for what, counter in counts.items())
        return f"{len(ledger(self.cwd, 'live'))} lines; {told}; {counted}; left {self.left}"

    def _stretch(self, until_ms: int, weather: Weather) -> bool:
        """One process; whether it came as far as it should before it ended."""
        asked = words(self.venue.url, *OPTIONS, "--set", f"trade.poll={self.poll}")
        with gated(asked, self.cwd, **KEYS) as process:
            arrived = self._followed(process, until_ms, weather)
            done = process.finish()
        self.told += [json.loads(line) for line in done.stdout.splitlines() if line.endswith("}")]
        self._require_expected(done)
        return arrived

    def _require_expected(self, done: subprocess.CompletedProcess[str]) -> None:
        assert done.returncode in EXPECTED_ENDS, (done.returncode, done.stderr)
        self.ends[done.returncode] += 1

    def _followed(self, process: Gated, until_ms: int, weather: Weather) -> bool:
        """From step to step, up to the one it ends at; now and then the venue does something of its own accord."""
        last, now_ms = self.rng.choice(LAST_STEPS), 0
        for step in process.steps():
            weather.come_to(step)
            looking = (step.when, step.step) == ("before", "sleep")
            now_ms = self.venue.now_ms() if looking else now_ms
            if now_ms >= until_ms and (step.step == last or (looking and now_ms >= until_ms + WITHIN_MS)):
                os.kill(process.pid, self.rng.choice((signal.SIGTERM, signal.SIGKILL)))
                process.release()
                return True
            if looking and self.rng.random() < HAPPENS:
                self._happen()
        return False

    def _happen(self) -> None:
        """What is nobody's fault."""
        name = self.rng.choice(("adl", "bust", "deposit", "interest", "rebate", "fill-next", "thin"))
        url = self.venue.url
        held = sorted(fold(ledger(self.cwd, "live")).positions)  # not asked of the venue: that would use up a fault
        if name in ("adl", "bust"):
            if not held:
                return
            market = self.rng.choice(held).partition(":")[0].replace("/", "")
            more = {"fraction": self.rng.choice(("0.3", "1"))} if name == "adl" else {}
            control(url, f"account/{name}", symbol=market, **more)
        elif name == "fill-next":
            control(url, "account/fill-next", fraction=self.rng.choice(("0", "0.0007", "0.4")))
        elif name == "thin":
            control(url, "account/liquidity", category="spot", symbol="SOLUSDT", share=self.rng.choice(("0.01", "1")))
        else:
            control(url, f"account/{name}", coin="USDT", amount=self.rng.choice(("0.013", "250")))
        self.happened[name] += 1


@contextmanager
def campaign(folder: Path, seed: int, poll: str = "1h") -> Iterator[Campaign]:
    """A sandbox of its own, and a trader that has not begun."""
    with spawned_sandbox("--pairs", "12", "--start", START, "--speed", "step", "--seed", str(seed)) as sandbox:
        venue = Venue(sandbox.url, parse_instant(START), (KEYS["FUNDARB_API_KEY"], KEYS["FUNDARB_API_SECRET"]))
        yield Campaign(venue, folder, random.Random(seed), poll)


def lived_twice(folder: Path, seed: int, days: float) -> tuple[Campaign, Campaign]:
    """Two of one seed at the same time, each of which makes the other's wall uneven."""
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda name: _lived(folder / name, seed, days), ("first", "second"))
    return first, second


def _lived(folder: Path, seed: int, days: float) -> Campaign:
    folder.mkdir()
    with campaign(folder, seed) as found:
        found.run(days)
        found.settle()
    return found


def _sorted(counts: Counter[Any]) -> dict[Any, int]:
    return dict(sorted(counts.items()))
