"""Who is told of what. Addresses are secrets: shown as ***, never repeated in a message."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field, SecretStr

from fundarb.config.venue import read_address
from fundarb.parameters import Null, Parameters, Reading

EventName = Literal[
    "opened",
    "closed",
    "funding",
    "refused",
    "unhedged",
    "halted",
    "healed",
    "guarded",
    "outage",
    "started",
    "trade_failed",
    "fetch_failed",
]
EVENTS: tuple[EventName, ...] = get_args(EventName)


def read_webhook(text: str) -> SecretStr:
    """An http(s) address, kept from sight."""
    return SecretStr(read_address(text))


def read_apprise(text: str) -> SecretStr:
    """An apprise address (scheme://…), kept from sight."""
    if "://" not in text:
        raise ValueError("an item is not written SCHEME://…")
    return SecretStr(text)


def read_event(text: str) -> str:
    """The name of something that happens."""
    if text not in EVENTS:
        raise ValueError(f"{text[:40]!r} is no event")
    return text


def write_secret(value: SecretStr) -> str:
    """The secret itself, for reading it back; whoever shows it redacts it first."""
    return value.get_secret_value()


_WEBHOOK = Reading("an http(s) address", read_webhook, write_secret, Null.MEANS, quiet=True)
_APPRISE = Reading("a list of apprise addresses", read_apprise, write_secret, Null.EMPTY, many=True, quiet=True)
_EVENTS = Reading(f"a list of any of {', '.join(EVENTS)}", read_event, str, many=True)


class NotifyParams(Parameters):
    """Messages never hold up trading and carry no secret."""

    webhook: Annotated[SecretStr | None, _WEBHOOK] = Field(
        None, description="address that gets a JSON message an event; counts as a secret; null: none"
    )
    apprise: Annotated[tuple[SecretStr, ...], _APPRISE] = Field(
        (), description="apprise addresses (extra `notify`); they count as secrets"
    )
    events: Annotated[tuple[EventName, ...], _EVENTS] = Field(
        ("opened", "closed", "unhedged", "halted", "healed", "outage", "trade_failed", "fetch_failed"),
        description="what is told; closed: liquidated and delisted too, and what has to be left; started: stopped too; "
        "outage: its end too",
    )
