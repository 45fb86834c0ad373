"""The token that opens whatever changes anything, and the sign-ins made with it: kept in memory, gone with the process."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from hmac import compare_digest

TOKEN_NAME = "FUNDARB_DASHBOARD_TOKEN"  # noqa: S105  (the name of it)
LASTING_S = 12 * 3600.0
MOST_SIGNED_IN = 100
WRONG_ALLOWED, WITHIN_S = 10, 60.0


@dataclass(frozen=True, slots=True)
class SignIn:
    """One browser that knew the token. `proof` stands in each of its forms, where another site cannot read it."""

    name: str
    proof: str
    until_s: float


@dataclass(slots=True)
class Doorkeeper:
    """Knows the token and who came in by it; `now_s` is a clock that only goes on."""

    token: str = field(repr=False)
    now_s: Callable[[], float]
    _in: dict[str, SignIn] = field(default_factory=dict, repr=False)
    _wrong: deque[float] = field(default_factory=deque)

    @property
    def wearied(self) -> bool:
        """Whether so many wrong tokens came lately that it is worth a word."""
        while self._wrong and self.now_s() - self._wrong[0] > WITHIN_S:
            self._wrong.popleft()
        return len(self._wrong) >= WRONG_ALLOWED

    def sign_in(self, token: str) -> SignIn | None:
        """A new sign-in; None for a wrong token.

        The right one opens however many wrong ones came: who guesses could keep its owner from halting otherwise, and what
        keeps guesses out is the length of the token."""
        if not compare_digest(token.encode(), self.token.encode()):
            self._note_wrong()
            return None
        while len(self._in) >= MOST_SIGNED_IN:
            del self._in[next(iter(self._in))]
        made = SignIn(secrets.token_urlsafe(32), secrets.token_urlsafe(32), self.now_s() + LASTING_S)
        self._in[made.name] = made
        return made

    def _note_wrong(self) -> None:
        if not self.wearied:
            self._wrong.append(self.now_s())

    def known(self, name: str | None) -> SignIn | None:
        """Who that name belongs to, while it lasts."""
        found = self._in.get(name or "")
        if found is not None and found.until_s <= self.now_s():
            del self._in[found.name]
            return None
        return found

    def sign_out(self, name: str) -> None:
        """That name opens nothing any more."""
        self._in.pop(name, None)


def new_token() -> str:
    """One that nobody guesses."""
    return secrets.token_urlsafe(24)
