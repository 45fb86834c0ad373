"""A configuration file that changes under a live trader: what it means to positions, orders and terms at the venue."""

from __future__ import annotations

import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.e2e.account_view import asked, require_same, shorts
from tests.e2e.trading import LIVE, ledger, named, pairs, running, stopped, until
from tests.sandbox.running import spawned_sandbox

START = "2026-01-10T08:00Z"
SIZED = "sizing: {size_usd: 300}\nmargin: {leverage: 3}\n"
EDITS = (
    f"strategy: {{mode: dear}}\n{SIZED}",
    "strategy: {mode: hold}\nsizing: {size_usd: 300}\n",
    f"strategy: {{mode: hold}}\n{SIZED}venue: {{environment: testnet}}\n",
    None,
)


def test_each_edit_counts_from_the_next_look_on_or_is_refused_and_told_once(tmp_path: Path) -> None:
    """Nothing open: leverage and size may change, and the venue is told before the first order. Something open: they may
    not, nor may the venue, and neither a mistake nor a file that is gone changes what is in force."""
    file = tmp_path / "live.yaml"
    edit(file, "strategy: {mode: cash}\n")
    options = (*LIVE, "-c", str(file), "--set", "trade.poll=2h")
    with spawned_sandbox("--pairs", "12", "--start", START, "--speed", "step") as sandbox:
        with running(sandbox.url, tmp_path, *options, patience_s=60.0) as process:
            told = until(process, "cycle")
            edit(file, f"strategy: {{mode: hold}}\n{SIZED}")
            told += followed(process, "mode", "cycle")
            for text in EDITS:
                edit(file, text)
                told += followed(process, "config_refused", "cycle")
            edit(file, f"strategy: {{mode: simple, simple: {{entry: 0.02, exit: 0.01}}}}\n{SIZED}")
            told += followed(process, "mode", "cycle")
            told += stopped(process)
        assert (shorts(sandbox.url), leverage(sandbox.url, "BTCUSDT"), leverage(sandbox.url, "XRPUSDT")) == (
            {},
            "3",
            "10",
        )
        require_same(sandbox.url, ledger(tmp_path, "live"), pairs(tmp_path))
    opened, left = named(told, "mode")
    assert (opened["before"], opened["mode"], opened["open"]) == ("cash", "hold", [])
    assert left["reason"] == "5 open stay as they are; simple decides on them from the next settlement on"
    worth = [Decimal(one["perp"]["qty"]) * Decimal(one["perp"]["price"]) for one in named(told, "opened")]
    assert len(worth) == 5
    assert all(250 < each <= 303 for each in worth)
    assert [one["reason"] for one in named(told, "closed")] == ["rate"] * 5
    assert [one["changed"].keys() for one in named(told, "configured")] == [
        {"strategy.mode", "sizing.size_usd", "margin.leverage"},
        {"strategy.mode", "strategy.simple.entry", "strategy.simple.exit"},
    ]
    wrong, fixed, elsewhere, gone = (one["reason"] for one in named(told, "config_refused"))
    assert "live.yaml:1: strategy.mode" in wrong
    assert fixed.startswith("margin.leverage cannot change while positions are open (5 are)")
    assert elsewhere.startswith("venue.environment cannot change while trading")
    assert gone.startswith(f"{file}: gone; write it again")
    assert named(told, "differs") == named(told, "unsure") == []


def edit(file: Path, text: str | None) -> None:
    """Another content at once, or no file any more."""
    if text is None:
        file.unlink()
    else:
        written = file.with_suffix(".new")
        written.write_text(text)
        written.replace(file)


def followed(process: subprocess.Popen[str], first: str, then: str) -> list[dict[str, Any]]:
    """The events up to one, and on to the next of another name."""
    told = until(process, first)
    return told + until(process, then)


def leverage(url: str, market: str) -> str:
    """Of a perp, whether anything of it is held or not."""
    (row,) = asked(url, "/v5/position/list", f"category=linear&symbol={market}")["list"]
    return str(row["leverage"])
