"""What `doctor` asks a venue: whether it answers, its clock, and with keys what account and key are like."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Sequence

from fundarb.bootstrap.account import Account
from fundarb.config.settings import Settings
from fundarb.engine.checks import fees, modes, rights
from fundarb.engine.checks.finding import Finding, broken, unasked, well
from fundarb.engine.checks.modes import judge_margin_mode, judge_position_mode
from fundarb.engine.checks.skew import CHECK as CLOCK
from fundarb.engine.checks.skew import Reading, judge_clock
from fundarb.errors import FundarbError, VenueError
from fundarb.ports.clock import Clock
from fundarb.ports.trading import VenueTrading
from fundarb.ports.venue import Listed, VenueData
from fundarb.research.rules import costs_by_pair

VENUE = "venue"
OF_ACCOUNT = (rights.PERMISSIONS, rights.EXPIRY, modes.MARGIN, modes.POSITION, fees.CHECK)
MOST_PAIRS = 3  # whose fees and modes are asked for: the venue answers five such questions a second


def asked_about(settings: Settings, listings: Sequence[Listed]) -> list[str]:
    """The pairs that stand for all: those that are named, less what has left the venue since, else all that trade."""
    trading = [one.pair.symbol for one in listings if one.trading and one.pair.spot]
    left = {one.pair.symbol for one in listings if one.pair.gone_ms is not None or one.ending}
    return [symbol for symbol in settings.universe.pairs if symbol not in left] or trading


async def checked(check: str, asked: Awaitable[Finding]) -> Finding:
    """A check whose failing to be asked is its finding."""
    try:
        return await asked
    except FundarbError as error:
        return broken(check, error)


async def of_venue(venue: VenueData, clock: Clock, settings: Settings) -> AsyncIterator[Finding]:
    """Reachability and skew, in one question."""
    where = settings.venue.url or f"{settings.venue.id} ({settings.venue.environment})"
    try:
        before_ms = clock.now_ms()
        theirs_ms = await venue.server_ms()
    except VenueError as error:
        yield broken(VENUE, error)
        yield unasked(CLOCK, "the venue must answer first")
        return
    yield well(VENUE, f"{where} answers")
    yield judge_clock(Reading(before_ms, theirs_ms, clock.now_ms()), settings.trade.max_skew_ms)


async def of_account(account: Account, settings: Settings, pairs: Sequence[str]) -> AsyncIterator[Finding]:
    """Key, modes and fees; of the pairs the first few stand for all."""
    try:
        found = await account.trading.rights()
        holding = bool(await account.trading.positions())
    except VenueError as error:
        yield broken(rights.PERMISSIONS, error)
        for check in OF_ACCOUNT[1:]:
            yield unasked(check, "the venue must answer about the key first")
        return
    yield rights.judge_rights(found)
    yield rights.judge_expiry(found, account.clock.now_ms())
    chosen = list(pairs[:MOST_PAIRS])
    if not chosen:
        for check in OF_ACCOUNT[2:]:
            yield unasked(check, "no pair is named in universe.pairs or listed")
        return
    for one in await _modes(account.trading, chosen[0], holding=holding):
        yield one
    yield await checked(fees.CHECK, _fees(account.trading, settings, chosen))


async def _modes(trading: VenueTrading, pair: str, *, holding: bool) -> tuple[Finding, Finding]:
    """Both in one question; the margin mode is that of the whole account."""
    try:
        found = await trading.modes(pair)
    except VenueError as error:
        return broken(modes.MARGIN, error), unasked(modes.POSITION, "the venue must answer first")
    return judge_margin_mode(found, holding=holding), judge_position_mode(found, pair, holding=holding)


async def _fees(trading: VenueTrading, settings: Settings, pairs: Sequence[str]) -> Finding:
    costs = costs_by_pair(settings.costs)
    paid = {pair: await trading.fees(pair) for pair in pairs}
    return fees.judge_fees(paid, {pair: costs(pair) for pair in pairs})
