"""ccxt's exceptions in fundarb's words, and the circumstances in which they are raised."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
from ccxt.base import errors as foreign

from fundarb.adapters.ccxt.replies import Reply
from fundarb.domain.brief import cut
from fundarb.errors import VenueError, VenueRefused, VenueThrottled, VenueUnreachable, VenueUnreadable

_FREQUENT = ("too frequent", "too many", "rate limit", "too much", "frequency")
_BLOCKED = ("country", "region", "geo", "cloudfront", "restricted", "location", "u.s.")
_BUSY_CODES = frozenset({"10000", "10016", "5004", "170001", "170007", "170032", "170234"})  # the venue's own trouble
_NONSENSE = (KeyError, TypeError, ValueError, IndexError, AttributeError, ArithmeticError)


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Whatever goes wrong while something is read leaves as a VenueError that says what it was."""
    try:
        yield
    except foreign.BaseError as error:
        raise translate(error, what) from error
    except _NONSENSE as error:
        raise VenueUnreadable(f"{what}: the reply makes no sense: {_words(error)}") from error


def translate(error: foreign.BaseError, what: str) -> VenueError:
    """The VenueError a ccxt exception means for something that was only read."""
    reply = evidence(error)
    said = f"{what}: {_said(error, reply)}"
    if reply is not None and reply.status == 403 and reply.code is None:
        return _forbidden(said, reply)
    throttled = isinstance(error, foreign.RateLimitExceeded | foreign.DDoSProtection)
    if throttled or _status(reply) in (418, 429) or _code(reply) == "429":
        return VenueThrottled(said, reply.retry_after_s if reply else None)
    if isinstance(error, foreign.InvalidNonce):
        return VenueRefused(f"{said}; is the clock of this machine right?", _code(reply))
    if isinstance(error, foreign.NetworkError) or _code(reply) in _BUSY_CODES or _status(reply) >= 500:
        return VenueUnreachable(said)
    if isinstance(error, foreign.BadResponse | foreign.NullResponse) or isinstance(
        error.__cause__, aiohttp.ClientError
    ):
        return VenueUnreadable(said)
    return VenueRefused(said, _code(reply))


def evidence(error: BaseException) -> Reply | None:
    """The reply a ccxt exception was raised over, where there was one."""
    found = getattr(error, "reply", None)
    return found if isinstance(found, Reply) else None


def _forbidden(said: str, reply: Reply) -> VenueError:
    """403 is how venues answer both to too many requests and to places they do not serve."""
    words = reply.words.lower()
    if any(word in words for word in _FREQUENT):
        return VenueThrottled(f"{said}; where this goes on, it may be a geo-block", reply.retry_after_s)
    block = "it may be a geo-block: the venue does not serve every country, and asking again is futile"
    if any(word in words for word in _BLOCKED):
        return VenueRefused(f"{said}; {block}", "403")
    return VenueUnreachable(f"{said}; it may be that too much was asked, or {block}")


def _said(error: foreign.BaseError, reply: Reply | None) -> str:
    """The shortest true account: the venue's words where there are any, else how the line failed."""
    if reply is None:
        return _silence(error)
    if isinstance(error, foreign.BadResponse):
        return _words(error)
    code = f"code {reply.code}, " if reply.code is not None else ""
    return f"HTTP {reply.status}, {code}{cut(reply.words) or 'without words'}"


def _silence(error: foreign.BaseError) -> str:
    if isinstance(error, foreign.RequestTimeout):
        return "no answer in time"
    if isinstance(error, foreign.NetworkError) and error.__cause__ is not None:
        return f"no connection ({type(error.__cause__).__name__})"
    if isinstance(error.__cause__, aiohttp.ClientError):
        return f"the answer broke off ({type(error.__cause__).__name__})"
    return _words(error)


def _words(error: BaseException) -> str:
    """The first line of what an exception says, in short."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:240]}" if lines else type(error).__name__


def _status(reply: Reply | None) -> int:
    return reply.status if reply else 0


def _code(reply: Reply | None) -> str | None:
    return reply.code if reply else None
