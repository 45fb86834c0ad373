"""Whose requests are looked at: those that name this dashboard as their host, and come from its own pages where they change.

A page elsewhere can make a browser ask here under a name of its own that it lets lead to this machine; such a name is not
among ours. An address written as digits cannot be made to lead elsewhere, so beyond loopback any of those will do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

_LOCAL = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Origins:
    """What this dashboard is called; `beyond` loopback it may be reached by any address of the machine, too."""

    names: frozenset[str]
    beyond: bool

    def hosts(self, host: str | None) -> bool:
        """Whether a request with this Host is meant for us."""
        name = _name_of(host)
        if name is None:
            return False
        return name in self.names or (self.beyond and _is_address(name))

    def own(self, origin: str | None, host: str | None) -> bool:
        """Whether the page that asks is one of ours: the very host and port that it asks."""
        if origin is None or host is None or not self.hosts(host):
            return False
        found = urlsplit(origin)
        return found.scheme in ("http", "https") and found.netloc.lower() == host.lower()


def origins_of(address: str, also: Sequence[str]) -> Origins:
    """The names by which a dashboard on this address is known."""
    beyond = not ip_address(address).is_loopback
    return Origins(frozenset({*_LOCAL, address, *(name.lower() for name in also)}), beyond)


def _name_of(host: str | None) -> str | None:
    """The name in `name:port`, without brackets; None where it is no such thing."""
    try:
        found = urlsplit(f"//{host or ''}")
        return found.hostname if found.port is None or found.port else None
    except ValueError:
        return None


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
