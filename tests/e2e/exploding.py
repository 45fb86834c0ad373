"""The command line in which setting a pair's terms fails in a way nobody foresaw, the keys at hand and in the words."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import Any, NoReturn

from fundarb.adapters.ccxt.bybit_trading import BybitTrading
from fundarb.cli.app import main


async def prepare(self: Any, pair: str, leverage: Decimal) -> NoReturn:
    """Instead of the real one."""
    key, secret = self._exchange.apiKey, self._exchange.secret
    raise ValueError(f"nobody foresaw {leverage} for {pair} of {key} with {secret}")


if __name__ == "__main__":
    BybitTrading.prepare = prepare  # type: ignore[method-assign]  # the failure that is wanted
    sys.exit(main())
