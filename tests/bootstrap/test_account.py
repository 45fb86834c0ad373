"""What an account knows of pairs while it trades."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fundarb.bootstrap.live import open_live
from tests.bootstrap.reconciled import found_at_a_sandbox
from tests.contract.tradings import BTC

NEW = replace(BTC, symbol="NEW/USDT:USDT", spot="NEW/USDT")


async def test_a_pair_that_is_listed_while_one_trades_is_known_to_whoever_places_orders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        found_at_a_sandbox(tmp_path) as found,
        open_live(found.database, found.resolved, found.keys, "append") as live,
    ):
        listed = await live.account.data.listings()
        assert NEW.symbol not in live.pairs

        async def more() -> object:
            return (*listed, replace(listed[0], pair=NEW))

        monkeypatch.setattr(live.account.data, "listings", more)
        await live.account.listed()
        assert live.pairs[NEW.symbol] == NEW
        assert live.hedger._pairs[NEW.symbol] == NEW
