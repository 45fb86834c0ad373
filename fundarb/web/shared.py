"""What takes long and many may ask for: made by one thread at a time, and shared for a while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from fundarb.reporting.page.markup import Html

FRESH_S = 10.0


@dataclass(slots=True)
class Shared:
    """Parts of pages by a name."""

    _made: dict[str, tuple[float, Html]] = field(default_factory=dict)
    _making: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def of(self, name: str, make: Callable[[], Coroutine[Any, Any, Html]]) -> Html:
        """The newest one; made anew, away from the loop, where that is too old."""
        async with self._making:
            at_s, made = self._made.get(name, (float("-inf"), Html("")))
            if time.monotonic() - at_s > FRESH_S:
                made = await asyncio.to_thread(lambda: asyncio.run(make()))
                self._made[name] = time.monotonic(), made
            return made
