"""Every error fundarb raises on purpose, and the exit code each one means.

FundarbError                1    unexpected failure
├── UsageError              2    the command line asks for something that cannot be asked
│   └── InputFileMissing    2    a file named as input is not there, or is no file
├── DataError               3    data missing, incomplete or failing a check
│   ├── DatabaseMissing     3    a reader found no database (readers never create one)
│   ├── DatabaseCorrupt     3    the file is not a database fundarb can read
│   ├── SchemaMismatch      3    the file's schema is older or newer than this program's
│   ├── BadRow              3    a row of an import file is wrong: file, line and reason
│   ├── Conflicting         3    a row differs from the one stored under its key
│   ├── JournalConflict     3    a write that contradicts what the journal holds
│   └── UnknownPair         2    a pair that no instrument carries, or a name that fits several
├── VenueError              4    the exchange is unreachable or refuses
│   ├── VenueUnreachable    4    no answer: time-out, reset, 5xx; a read may be tried again
│   ├── VenueUnreadable     4    an answer that is not the exchange's language: never taken for "nothing"
│   ├── VenueThrottled      4    too many requests: wait, then go on
│   ├── VenueRefused        4    an answer that says no: asking again is futile
│   ├── OrderRefused        4    an order that certainly was not placed
│   └── OrderUnknown        4    an order that may or may not have been placed: only asking tells
├── ClusterUnreachable      4    no scheduler, no workers, or workers of another version
├── LockHeld                5    another process holds the lock of that kind
├── RiskHalt                6    a risk halt, unresolved orders or differences
├── ConfigError            78    bad configuration or missing keys
└── StorageError            1    the disk is full, read-only or failing
    └── DatabaseBusy        5    another program kept the database for longer than anyone waits

A message carries the value, the bound, the choices and the next step. Only `cli/app.py` catches FundarbError.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class FundarbError(Exception):
    """The root: an error whose message is meant for the person at the terminal."""

    exit_code = 1


class UsageError(FundarbError):
    """The command line asks for something that cannot be asked."""

    exit_code = 2


class InputFileMissing(UsageError):
    """A file named as input is not there, or is no file."""


class DataError(FundarbError):
    """Data missing, incomplete or failing a check."""

    exit_code = 3


class DatabaseMissing(DataError):
    """A reader found no database; readers never create one."""


class DatabaseCorrupt(DataError):
    """The file is not a database fundarb can read."""


class SchemaMismatch(DataError):
    """The file's schema is older or newer than this program's."""


class BadRow(DataError):
    """A row of an import file is wrong; names the file and the line."""

    def __init__(self, file: Path | str, line: int, problem: str) -> None:
        super().__init__(f"{file}:{line}: {problem}")
        self.file, self.line, self.problem = str(file), line, problem


class Conflicting(DataError):
    """A row differs from the one stored under its key; `row` counts within what was handed over."""

    def __init__(self, row: int, problem: str) -> None:
        super().__init__(problem)
        self.row, self.problem = row, problem


class JournalConflict(DataError):
    """A write that contradicts what the journal holds; nothing of it was written."""


class UnknownPair(DataError):
    """A pair that no instrument carries, or a short name that fits several."""

    exit_code = 2


class VenueError(FundarbError):
    """The exchange is unreachable or refuses."""

    exit_code = 4


class VenueUnreachable(VenueError):
    """No answer came: time-out, reset, 5xx. A read may be tried again."""


class VenueUnreadable(VenueError):
    """An answer that is not the exchange's language; never taken for "nothing". A read may be tried again."""


class VenueThrottled(VenueError):
    """Too many requests; `wait_s` is how long the exchange wants to be left alone, where it says."""

    def __init__(self, message: str, wait_s: float | None = None) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class VenueRefused(VenueError):
    """An answer that says no, with the exchange's own code where it has one; asking again is futile."""

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


class OrderRefused(VenueRefused):
    """An order that certainly was not placed."""


class OrderUnknown(VenueError):
    """An order that may or may not have been placed: only asking for its client id tells."""


class ClusterUnreachable(FundarbError):
    """No scheduler answers, it has no workers, or they are of another version."""

    exit_code = 4


class LockHeld(FundarbError):
    """Another process holds the lock of that kind."""

    exit_code = 5


class RiskHalt(FundarbError):
    """A risk halt, unresolved orders or differences."""

    exit_code = 6


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in the configuration: where it stands and what is allowed instead."""

    where: str
    path: str
    problem: str

    def __str__(self) -> str:
        return f"{self.where}: {self.path}: {self.problem}" if self.path else f"{self.where}: {self.problem}"


class ConfigError(FundarbError):
    """Bad configuration or missing keys; one line a problem, never a secret."""

    exit_code = 78

    def __init__(self, problems: Sequence[Problem] | str) -> None:
        self.problems = () if isinstance(problems, str) else tuple(problems)
        super().__init__(problems if isinstance(problems, str) else "\n".join(map(str, problems)))


class StorageError(FundarbError):
    """The disk is full, read-only or failing; nothing half-written is left."""


class DatabaseBusy(StorageError):
    """Another process has been writing for longer than anyone waits."""

    exit_code = 5
