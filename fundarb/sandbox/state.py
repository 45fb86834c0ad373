"""What a sandbox remembers over its own restart: venue time, the account, the faults and their counts, in one JSON file.

Written whole and renamed into place: once a second, and before every reply by which a client sees what the file does not
have yet: what a request changed, what happened by itself (fills, settlements), a fault that fired. Venue time never goes
back: while a clock runs, the file names a time ahead, and is written again before a reply is later than that."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from fundarb.domain.instants import LATEST
from fundarb.errors import ConfigError, DataError, LockHeld, StorageError, UsageError
from fundarb.sandbox.clock import SteppedClock, VenueClock
from fundarb.sandbox.faults.book import FaultBook, Tally
from fundarb.sandbox.faults.reading import rules_of

VERSION: Final = 1
EVERY_S: Final = 1.0
LEASE_MS: Final = 5_000  # of wall time; a save usually comes more often
_log = logging.getLogger("fundarb.sandbox")


@dataclass(frozen=True, slots=True)
class Saved:
    """What a file says: which market it belongs to, where venue time goes on, and what else there was."""

    market: Mapping[str, Any]
    resume_ms: int
    faults: tuple[Tally, ...] = ()
    account: Mapping[str, Any] | None = None


@contextmanager
def held(path: Path) -> Iterator[None]:
    """One sandbox at a time on one state file."""
    try:
        descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UsageError(f"--state {path}: {error.strerror}; name a file that can be written") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise LockHeld(f"--state {path} belongs to a sandbox that runs; stop it, or name another file") from None
    finally:
        os.close(descriptor)


def read_state(path: Path) -> Saved | None:
    """What the file says; None where there is none yet."""
    try:
        document = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"--state {path}: {error.strerror}") from None
    except orjson.JSONDecodeError as error:
        raise DataError(f"--state {path} is not the state of a sandbox: {error}; name another file") from None
    try:
        return _saved(document, path)
    except (KeyError, TypeError, ConfigError):
        raise DataError(f"--state {path} is not the state of this version of the sandbox; name another file") from None


def write_state(path: Path, saved: Saved) -> None:
    """Replace the file in one step, readable by its owner only."""
    document = {
        "version": VERSION,
        "market": saved.market,
        "resume_ms": saved.resume_ms,
        "faults": [tally.told() for tally in saved.faults],
        "account": saved.account,
    }
    beside = Path(f"{path}.new")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(orjson.dumps(document))
        beside.replace(path)
    except OSError as error:
        raise StorageError(f"--state {path} could not be written: {error.strerror}; what it held stands") from error


class Keeper:
    """Saves one running sandbox; `dump` is the account's, None where there is no account, `happened` counts what it did."""

    def __init__(
        self,
        path: Path,
        market: Mapping[str, Any],
        clock: VenueClock,
        faults: FaultBook,
        dump: Callable[[], Mapping[str, Any]] | None,
        happened: Callable[[], int] = lambda: 0,
    ) -> None:
        self._path, self._market, self._clock, self._faults = path, market, clock, faults
        self._dump, self._happened = dump, happened
        self._resume_ms, self._written = 0, (0, 0)

    def save(self) -> None:
        """Save while the sandbox goes on: time may pass before the next time."""
        lease_ms = 0 if isinstance(self._clock, SteppedClock) else int(LEASE_MS * self._clock.wall_speed())
        self._write(self._clock.now_ms() + lease_ms)

    def keep_up(self) -> None:
        """Save if there is something to be seen that the file does not have."""
        if self._seen() != self._written or self._clock.now_ms() > self._resume_ms:
            self.save()

    def save_last(self) -> None:
        """Save at the end: time goes on from here."""
        self._write(self._clock.now_ms())

    async def save_again_and_again(self) -> None:
        """Keep ahead of the clock until cancelled; what cannot be written is said and tried again."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                self.save()
            except StorageError as error:
                _log.error("%s", error)

    def _write(self, resume_ms: int) -> None:
        account = self._dump() if self._dump else None
        write_state(self._path, Saved(self._market, resume_ms, tuple(self._faults.tallies), account))
        self._resume_ms, self._written = resume_ms, self._seen()

    def _seen(self) -> tuple[int, int]:
        """How much happened to the account by itself, and how many faults fired."""
        return self._happened(), sum(tally.fired for tally in self._faults.tallies)


def _saved(document: Any, path: Path) -> Saved:
    market, resume_ms = document["market"], document["resume_ms"]
    if document["version"] != VERSION or not isinstance(market, dict):
        raise KeyError("version")
    if not isinstance(resume_ms, int) or not 0 <= resume_ms <= LATEST:
        raise KeyError("resume_ms")
    tallies = tuple(_tally(entry, path) for entry in document["faults"])
    return Saved(market, resume_ms, tallies, document["account"])


def _tally(entry: Mapping[str, Any], path: Path) -> Tally:
    written = {key: value for key, value in entry.items() if key not in ("matched", "fired")}
    (rule,) = rules_of([written], str(path))
    return Tally(rule, entry["matched"], entry["fired"])
