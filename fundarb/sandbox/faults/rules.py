"""One fault: which requests it strikes, how often, and what it does to them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any


class Kind(StrEnum):
    """What a fault does; the first two let the request go on."""

    LATENCY = "latency"  # waits `ms` of wall time
    SKEW = "skew"  # the server's clock is wrong by `ms`
    TIMEOUT = "timeout"  # never answers
    RESET = "reset"  # resets the connection
    TRUNCATE = "truncate"  # announces the whole reply, sends half, closes
    HTML = "html"  # a page of HTML with `status`
    BROKEN_JSON = "broken-json"  # JSON that ends in the middle, with a length that is right
    NULL = "null-body"  # `null`
    EMPTY = "empty-body"  # nothing, with status 200
    FORBIDDEN = "forbidden"  # 403 and the text of a ban
    GEO_BLOCK = "geo-block"  # 403 and the page of a blocked country
    CODE = "code"  # a retCode of choice


class Where(StrEnum):
    """Whether the request takes effect: `before` it is not processed, `after` it is, and only its reply suffers."""

    BEFORE = "before"
    AFTER = "after"


CONTINUING = frozenset({Kind.LATENCY, Kind.SKEW})


@dataclass(frozen=True, slots=True)
class Rule:
    """A fault as it is written down; every key but `path` and `fault` has a default."""

    path: str  # * and ? match anything, slashes too
    fault: Kind
    where: Where = Where.BEFORE
    method: str | None = None
    name: str = ""  # what its counts stand under; without one, the fault and the path
    after: int = 0  # matching requests let through first
    count: int | None = None  # fires so often at most
    probability: float = 1.0
    ms: int = 0  # of latency and skew
    status: int = 502  # of html
    code: int = 0  # of code
    message: str = ""  # of code; without one, the venue's own

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is one this fault may strike."""
        return self.method in (None, method) and fnmatchcase(path, self.path)

    def written(self) -> dict[str, Any]:
        """As it could be written down again: what is not the default."""
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        return {each.name: said[each.name] for each in fields(self) if said[each.name] != each.default}
