"""`doctor`: everything that should be in order before trading, asked for and judged check by check.

Here errors become findings, since a check that fails is what was asked for. Checks stand in the order in which one rests on
another; what needs keys is skipped without them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from fundarb.bootstrap import local_checks as local
from fundarb.bootstrap.account import Account, open_account
from fundarb.bootstrap.venue import clock_ms, open_clock, open_venue
from fundarb.bootstrap.venue_checks import OF_ACCOUNT, VENUE, asked_about, checked, of_account, of_venue
from fundarb.config import Resolved
from fundarb.config.keys import KEY_NAMES, Keys
from fundarb.config.settings import Settings
from fundarb.engine.checks.finding import Finding, broken, failures, unasked, well
from fundarb.engine.checks.heartbeat import TRADER, judge_alive
from fundarb.engine.checks.skew import CHECK as CLOCK
from fundarb.errors import FundarbError

CONFIG, KEYS = "config", "keys"


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined: a database, and how configuration and keys are read."""

    database: Path
    resolve: Callable[[], Resolved]
    keys: Callable[[], Keys | None]


async def examine(patient: Patient) -> list[Finding]:
    """Every check; what rests on one that failed is left out, and says so."""
    found = [local.installed()]
    try:
        resolved = patient.resolve()
    except FundarbError as error:
        why = "the configuration must be right first"
        rest = [unasked(check, why) for check in (KEYS, TRADER, VENUE, CLOCK, *OF_ACCOUNT)]
        return [*found, broken(CONFIG, error), *await _local(patient.database), *rest]
    settings = resolved.settings
    found += [_configured(resolved), *await _local(patient.database)]
    now_ms = await clock_ms(settings, _silently)
    found.append(await checked(TRADER, local.trader(patient.database, now_ms, settings.trade.poll)))
    try:
        keys = patient.keys()
    except FundarbError as error:
        return [*found, broken(KEYS, error), *await _public(settings, "the keys cannot be read")]
    if keys is None:
        without = f"no keys: {' and '.join(KEY_NAMES)} are not set"
        remedy = "set both to trade live; all else needs none"
        return [*found, unasked(KEYS, without, remedy), *await _public(settings, without)]
    return [*found, well(KEYS, "a key and its secret"), *await _private(resolved, keys)]


async def failing(database: Path, settings: Settings, account: Account, pairs: Iterable[str]) -> tuple[Finding, ...]:
    """What stands in the way of trading these pairs on an account that is open; nothing, where nothing does."""
    found = [local.installed(), *await _local(database)]
    found += [one async for one in of_venue(account.data, account.clock, settings)]
    found += [one async for one in of_account(account, settings, list(pairs))]
    return failures(found)


async def alive(database: Path, settings: Settings, most_ms: int, note: Callable[[str], None]) -> Finding:
    """The trader's heartbeat, for a watchdog."""
    beat_ms = await local.beat_of(database)
    return judge_alive(beat_ms, await clock_ms(settings, note), most_ms)


async def _local(database: Path) -> list[Finding]:
    return [local.room(database), *[one async for one in local.stored(database)]]


async def _public(settings: Settings, why: str) -> list[Finding]:
    """What a venue says to anybody."""

    async def asked() -> AsyncIterator[Finding]:
        async with open_clock(settings) as clock, open_venue(settings, clock) as venue:
            async for one in of_venue(venue, clock, settings):
                yield one
        for check in OF_ACCOUNT:
            yield unasked(check, why)

    return await _answered(asked())


async def _private(resolved: Resolved, keys: Keys) -> list[Finding]:
    """What it says to the owner of the keys."""

    async def asked() -> AsyncIterator[Finding]:
        async with open_account(resolved.settings, keys) as account:
            async for one in of_venue(account.data, account.clock, resolved.settings):
                yield one
            listings = await account.data.listings()
            settings = resolved.canonical([one.pair for one in listings])
            async for one in of_account(account, settings, asked_about(settings, listings)):
                yield one

    return await _answered(asked())


async def _answered(asked: AsyncIterator[Finding]) -> list[Finding]:
    """As far as the venue answers; what was not come to is not known."""
    found: list[Finding] = []
    try:
        async for one in asked:
            found.append(one)  # noqa: PERF401  (what was found before a failure is kept)
    except FundarbError as error:
        if not failures(found):
            found.append(broken(VENUE if not found else OF_ACCOUNT[0], error))
    known = {one.check for one in found}
    return found + [
        unasked(check, "the venue must answer first") for check in (VENUE, CLOCK, *OF_ACCOUNT) if check not in known
    ]


def _configured(resolved: Resolved) -> Finding:
    """A configuration that can be read, with what deserves a second look."""
    warnings = "; ".join(resolved.warnings)
    return well(
        CONFIG, f"valid, with a caution: {warnings}" if warnings else "valid", "look at it again" if warnings else None
    )


def _silently(words: str) -> None:
    """The check of the venue says it."""
