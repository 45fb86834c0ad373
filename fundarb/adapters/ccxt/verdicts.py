"""What became of an order whose sending failed: certainly not placed, already so, or to be asked about.

Only a code known to mean "not placed" is taken for that; whatever is not known here may have been placed."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

import aiohttp
from ccxt.base import errors as foreign

from fundarb.adapters.ccxt.failures import evidence, translate
from fundarb.adapters.ccxt.replies import Reply
from fundarb.errors import OrderRefused, OrderUnknown, VenueError, VenueThrottled


class Verdict(StrEnum):
    """What a failure says of the order."""

    NOT_PLACED = "not placed"
    DONE = "already as asked"
    ASK = "ask for its client id"


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DONE = _codes("110025 110026 110043 30084")  # nothing to change: position mode, margin mode, leverage, isolated
_NOT_PLACED = (
    _codes("10002")  # outside the time window
    | _codes("10003 10004 10005 10007 10008 10009 10010 10024 10027 10028 10029")  # key, signature, permission
    | _codes("10006 10018 170222")  # throttled
    | _codes("10001 10017 170130")  # arguments
    | _codes("110004 110006 110007 110012 110014 110044 110045 170131")  # too little money
    | _codes("110003 110017 110021 110094")  # price, reduce-only, open interest, size: linear
    | _codes("170124 170134 170135 170136 170137 170140 170193 170210")  # the same: spot
    | _codes("110063 110074 110090 30228")  # not open for trading, position limit, delisting
)
_NO_CONNECTION = (aiohttp.ClientConnectorError, socket.gaierror)
_LOCAL = (foreign.InvalidOrder, foreign.BadSymbol, foreign.ArgumentsRequired, foreign.NotSupported)


def verdict_of(error: foreign.BaseError) -> Verdict:
    """What a ccxt exception raised by the sending of an order says of it."""
    reply = evidence(error)
    if reply is None:
        return Verdict.NOT_PLACED if _never_left(error) else Verdict.ASK
    if reply.code in _DONE:
        return Verdict.DONE
    if reply.code in _NOT_PLACED or (reply.code is None and reply.status in (403, 429)):
        return Verdict.NOT_PLACED
    return Verdict.ASK


def _never_left(error: foreign.BaseError) -> bool:
    """True where nothing was sent: no connection was made, or ccxt refused the arguments itself."""
    if error.__cause__ is not None:
        return isinstance(error.__cause__, _NO_CONNECTION)
    return isinstance(error, _LOCAL)


@contextmanager
def ordering(what: str) -> Iterator[None]:
    """An order is sent inside: it leaves as OrderRefused or OrderUnknown, or well where it was so already.

    A cancelled sending is for the caller to take as unknown: the venue may have had it."""
    try:
        yield
    except foreign.BaseError as error:
        verdict, failure = verdict_of(error), translate(error, what)
        if verdict is not Verdict.DONE:
            raise _outcome(verdict, str(failure), evidence(error)) from error
    except VenueThrottled as withheld:  # by our own pacer, before anything was sent
        raise OrderRefused(f"{what}: {withheld}") from withheld
    except VenueError:
        raise
    except Exception as error:
        raise OrderUnknown(f"{what}: {type(error).__name__} while the reply was read; ask for its client id") from error


def _outcome(verdict: Verdict, said: str, reply: Reply | None) -> VenueError:
    if verdict is Verdict.NOT_PLACED:
        return OrderRefused(said, reply.code if reply else None)
    return OrderUnknown(f"{said}; it may have been placed: ask for its client id")
