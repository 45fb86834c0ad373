"""Which exchange is asked, and where it is found. Keys are no part of this (see `keys`)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field

from fundarb.parameters import CHOICE, Null, Parameters, Reading

LOOPBACK = ("localhost", "127.0.0.1", "::1")
_ID = re.compile(r"[a-z][a-z0-9_]*")


def read_venue_id(text: str) -> str:
    """A ccxt exchange id."""
    if not _ID.fullmatch(text):
        raise ValueError("is not written like a ccxt id")
    return text


def read_address(text: str) -> str:
    """An http(s) address with a host; nothing of it is repeated in an error, since addresses carry secrets."""
    try:
        parts = urlsplit(text)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        raise ValueError("is not an address") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_fits or re.search(r"\s", text):
        raise ValueError("is not an http(s) address")
    return text


def read_venue_url(text: str) -> str:
    """As `read_address`, without user and password and without a query, and in the clear only on this machine.

    It is shown and logged, and what a query carries may be a token."""
    parts = urlsplit(read_address(text))
    if parts.username is not None or parts.password is not None:
        raise ValueError("carries a user or password")
    if "?" in text or "#" in text:
        raise ValueError("carries a query or a fragment, which may be a secret and means nothing to an exchange")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("is http beyond this machine, where requests need https")
    return text.rstrip("/")


ADDRESS = Reading(
    "an https address without a query, or http on this machine", read_venue_url, str, Null.MEANS, quiet=True
)


class VenueParams(Parameters):
    """Cannot change while trading."""

    id: Annotated[str, replace(CHOICE, noun="a ccxt exchange id such as bybit", parse=read_venue_id)] = Field(
        "bybit", description="the exchange"
    )
    environment: Annotated[Literal["mainnet", "testnet", "demo"], CHOICE] = Field(
        "mainnet", description="which of the exchange's environments"
    )
    url: Annotated[str | None, ADDRESS] = Field(
        None, description="address to use instead of the exchange's own, such as a sandbox; null: its own"
    )
