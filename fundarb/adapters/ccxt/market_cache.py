"""What a venue lists, kept beside the database for the rest of the (venue's) day. A file that does not fit is ignored."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from fundarb.domain.instants import DAY

_FORM = 1

Listings = tuple[list[Any], list[Any]]


@dataclass(frozen=True, slots=True)
class MarketCache:
    """Rows of two listings as the venue gave them; `source` says whose they are. Without a path nothing is kept."""

    path: Path | None
    source: str

    async def load_or(self, ask: Callable[[], Awaitable[Listings]], now_ms: Callable[[], int]) -> Listings:
        """What was kept today, else what `ask` brings, which is then kept."""
        found = self._load(now_ms() // DAY)
        if found is None:
            found = await ask()
            self._keep(found, now_ms() // DAY)
        return found

    def forget(self) -> None:
        """Drop what was kept: it did not make sense."""
        if self.path is not None:
            with suppress(OSError):
                self.path.unlink()

    def _load(self, day: int) -> Listings | None:
        try:
            kept = orjson.loads(self.path.read_bytes()) if self.path else None
        except (OSError, ValueError):
            return None
        if not isinstance(kept, dict) or [kept.get(name) for name in ("form", "source", "day")] != [
            _FORM,
            self.source,
            day,
        ]:
            return None
        linear, spot = kept.get("linear"), kept.get("spot")
        return (linear, spot) if isinstance(linear, list) and isinstance(spot, list) else None

    def _keep(self, found: Listings, day: int) -> None:
        """Write it whole or not at all; a disk that will not have it costs only the next run a few requests."""
        if self.path is None:
            return
        body = {"form": _FORM, "source": self.source, "day": day, "linear": found[0], "spot": found[1]}
        with suppress(OSError):
            handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(orjson.dumps(body))
                Path(name).replace(self.path)
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise
