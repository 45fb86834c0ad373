"""Every market request ccxt was captured sending is answered in the shape that was captured."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from fundarb.sandbox.clock import SteppedClock
from tests.sandbox.running import running_sandbox
from tests.sandbox.server.asking import send
from tests.sandbox.server.shapes import differences

CAPTURES = Path(__file__).parents[4] / "shared" / "facts" / "bybit-captures.json"
CAPTURED_AT = 1_795_171_081_314
COLUMNS = {"kline": 7, "mark-price-kline": 5, "index-price-kline": 5, "premium-index-price-kline": 5}
pytestmark = pytest.mark.skipif(not CAPTURES.exists(), reason=f"{CAPTURES.name} is not beside the repository")


@cache
def captured() -> dict[str, Any]:
    """URL to reply of every captured market request."""
    if not CAPTURES.exists():
        return {}
    requests = json.loads(CAPTURES.read_text("utf-8"))
    return {
        entry["url"]: entry["response"]
        for path, entries in requests.items()
        if path.startswith("GET /v5/market/")
        for entry in entries
    }


def rows_of(reply: dict[str, Any]) -> list[Any]:
    """The rows of a result, of whichever path."""
    found = reply["result"].get("list", reply["result"].get("a", []))
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("url", captured())
async def test_an_answer_has_the_captured_keys_and_types(url: str) -> None:
    expected = captured()[url]
    async with running_sandbox(clock=SteppedClock(CAPTURED_AT, lambda: 0)) as sandbox:
        answer = await send("GET", sandbox.url, url)
    assert answer.status == 200
    found = answer.json
    name = url.partition("?")[0].rpartition("/")[2]
    if name in COLUMNS:  # captured with rows cut down to two columns; the documentation has them whole
        assert {len(row) for row in rows_of(found)} == {COLUMNS[name]}
        found["result"]["list"] = [row[:2] for row in rows_of(found)]
    assert list(differences(expected, found)) == []
    empty_there, empty_here = not rows_of(expected), not rows_of(found)
    assert empty_there == empty_here or "PreLaunch" in url
    assert found["retMsg"] == expected["retMsg"]
    assert found["time"] == CAPTURED_AT


def test_every_market_path_was_captured() -> None:
    assert len({url.partition("?")[0] for url in captured()}) == 10


def test_the_comparison_would_notice() -> None:
    captured_row = {"a": "1.5", "b": 5, "c": "", "d": [{"e": "text"}]}
    assert list(differences(captured_row, {"a": "", "b": 7, "c": "3", "d": []})) == []
    others: list[dict[str, Any]] = [
        {"a": 1.5},
        {"b": "5"},
        {"b": True},
        {"c": None},
        {"d": [{"f": "text"}]},
        {"d": {}},
        {"z": 1},
    ]
    for other in others:
        assert list(differences(captured_row, {**captured_row, **other})), other
