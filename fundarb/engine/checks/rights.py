"""What the key may do: trade both markets and nothing that takes coins out. An end that is near is told in time."""

from __future__ import annotations

from fundarb.domain.instants import DAY, iso
from fundarb.engine.checks.finding import Finding, well, wrong
from fundarb.errors import ConfigError
from fundarb.ports.trading import KeyRights

PERMISSIONS, EXPIRY = "permissions", "key expiry"
WARN_AHEAD_MS = 14 * DAY
_RENEW = "make a new key at the venue, bound to this machine's address, and put it in place of the old one"


def judge_rights(rights: KeyRights) -> Finding:
    """A key that can withdraw is refused: whoever finds it would have the coins."""
    if rights.withdraws:
        return wrong(
            PERMISSIONS,
            "the key may withdraw: whoever finds it can take the coins away",
            "make a key at the venue that may trade spot and contracts, and nothing else",
            ConfigError,
        )
    if not rights.trades:
        return wrong(
            PERMISSIONS,
            "the key may not place orders on both spot and contracts",
            "allow it orders of the unified account at the venue; read-only is too little",
            ConfigError,
        )
    return well(PERMISSIONS, "trades spot and contracts, withdraws nothing")


def judge_expiry(rights: KeyRights, now_ms: int) -> Finding:
    """Over, near, far, or never."""
    ends_ms = rights.expires_ms
    if ends_ms is None:
        return well(EXPIRY, "the key does not end")
    if ends_ms <= now_ms:
        return wrong(EXPIRY, f"the key ended {iso(ends_ms)}", _RENEW, ConfigError)
    days = (ends_ms - now_ms) // DAY
    soon = ends_ms - now_ms <= WARN_AHEAD_MS
    return well(EXPIRY, f"the key ends {iso(ends_ms)}, in {days} days", _RENEW if soon else None)
