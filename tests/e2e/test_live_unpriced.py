"""A live trader that is told no prices still looks at its account: a leg that the venue takes is followed by the other one,
and what is to be closed is closed."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

from tests.cli.processes import fundarb
from tests.e2e.account_view import fired, require_same, shorts, wallet
from tests.e2e.trading import KEYS, LIVE, control, faulty, ledger, named, pairs, running, stopped, until
from tests.sandbox.running import spawned_sandbox

SANDBOX = ("--pairs", "3", "--start", "2026-01-10T08:00Z", "--speed", "1")
NO_PRICES = {"path": "/v5/market/tickers", "fault": "code", "code": 10001, "name": "no prices"}


def test_while_prices_are_not_to_be_had_a_leg_that_was_taken_is_followed_by_the_other(tmp_path: Path) -> None:
    options = (*LIVE, "--mode", "hold", "--set", "trade.poll=1s", "--set", "universe.pairs=[BTC,ETH,SOL]")
    with spawned_sandbox(*SANDBOX) as sandbox, running(sandbox.url, tmp_path, *options) as process:
        until(process, "cycle")
        faulty(sandbox.url, NO_PRICES)
        until(process, "outage")
        control(sandbox.url, "account/adl", symbol="ETHUSDT", fraction="1")
        told = until(process, "healed")
        assert fired(sandbox.url)["no prices"] > 0
        assert "ETHUSDT" not in shorts(sandbox.url)
        assert wallet(sandbox.url).get("ETH", Decimal(0)) < Decimal("0.001")
        asked = fundarb("halt", "--flatten", "SOL", "--format", "json", cwd=tmp_path, **KEYS)
        assert asked.returncode == 0, asked.stderr
        assert "SOL/USDT:USDT" not in json.loads(asked.stdout)["open"]
        assert set(shorts(sandbox.url)) == {"BTCUSDT"}
        faulty(sandbox.url)
        told += until(process, "back")
        told += stopped(process)
        lines = ledger(tmp_path, "live")
        require_same(sandbox.url, lines, pairs(tmp_path))
    assert [one["reason"] for one in named(told, "closed")] == ["flattened"]
    assert named(told, "differs") == named(told, "unsure") == []
