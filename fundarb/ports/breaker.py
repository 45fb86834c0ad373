"""The circuit breaker: after repeated failures new risk is refused while exits and reads still go through."""

from __future__ import annotations

from typing import Protocol


class Breaker(Protocol):
    """closed → open → half-open → closed."""

    def allows(self, *, reduces_risk: bool) -> bool:
        """Whether a call may go out now."""
        ...

    def succeeded(self) -> None:
        """A call came back well."""
        ...

    def failed(self, why: str) -> None:
        """A call failed; enough of these open the breaker."""
        ...
