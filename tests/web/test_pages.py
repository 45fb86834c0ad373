"""Pages over a store: what is not there is said, settings are checked and kept, secrets are on no page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import pytest

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.journal import SqliteJournal
from fundarb.adapters.sqlite.transaction import snapshot
from fundarb.bootstrap.onlooking import Look, Onlooker
from fundarb.config import runtime_file
from fundarb.ports.journal import Event
from tests.web.served import NOW, TOKEN, Client, served
from tests.web.test_door import PAGES

SECRET = "https://hooks.example/T000/very-secret"


MISSING: tuple[tuple[str, int, str], ...] = (
    ("/nothing", 404, "/nothing: nothing is here"),
    ("/static/../token.py", 404, "nothing is here"),
    ("/static/nothing.js", 404, "nothing is here"),
    ("/runs/nothing", 404, "no runs are stored yet"),
    (f"/runs/{'x' * 200}", 404, "a name of 200 signs"),
    ("/runs/live", 404, "no live portfolio has a line yet"),
    ("/signals", 409, "the store has no pairs; bring some in"),
    ("/signals?mode=dear", 422, "dear"),
    ("/halt", 405, "GET is not for this page"),
    ("/docs", 404, "nothing is here"),
    ("/openapi.json", 404, "nothing is here"),
)
REFUSED: tuple[tuple[str, str, str], ...] = (
    ("trade.poll", "2x", "trade.poll: 2x is not a duration; allowed: a duration"),
    ("trade.poll", "9h", "trade.poll: 9h"),
    ("strategy.mode", "dear", "one of simple, composite, band, hold, cash"),
    ("sizing.size_min", "5000", "sizing.size_m"),
    ("venue.id", "kraken", "venue.id cannot change while trading"),
    ("margin.mode", "none", "margin.mode cannot change while trading"),
    ("notify.webhook", "https://x.example", "notify.webhook is kept out of the dashboard"),
    ("risk.max_positions", "9", "risk.max_positions is fixed by --set"),
    ("risk.max_position", "9", "no such parameter"),
    ("risk", "9", "no such parameter"),
    ("trade.poll", "2s\nvenue.id: kraken", "at most 2000 on one line"),
)
UNASKABLE: tuple[tuple[dict[str, str], str], ...] = (
    ({"mode": "dear"}, "dear"),
    ({"from": "--strict"}, "not a time: '--strict'"),
    ({"to": "yesterday"}, "not a time: 'yesterday'"),
    ({"pairs": "B" * 5000}, "pairs: 5000 signs; at most"),
)


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    async with served(tmp_path, f"notify.webhook={SECRET}", "risk.max_positions=3") as found:
        await found.sign_in()
        yield found


async def saved(client: Client, path: str, value: str) -> tuple[int, str]:
    """What came of a change of one value."""
    answer = await client.post("/settings", {"path": path, "value": value}, **{"HX-Request": "true"})
    return answer.status, unescape(answer.text)


async def test_what_is_not_there_is_a_page_that_says_so(client: Client) -> None:
    for path, status, words in MISSING:
        answer = await client.get(path)
        assert (answer.status, words in unescape(answer.text)) == (status, True), (path, answer.text)
        assert "<main" in answer.text


async def test_a_part_of_a_page_is_refused_in_the_place_kept_for_that(client: Client) -> None:
    answer = await client.post("/halt", {"pairs": "NOPE"}, **{"HX-Request": "true"})
    assert answer.status == 422
    assert answer.headers["HX-Retarget"] == "#trouble"
    assert "<main" not in answer.text


async def test_a_setting_is_kept_and_taken_back(client: Client) -> None:
    status, told = await saved(client, "trade.poll", "30s")
    assert (status, "trade.poll: 10s → 30s." in told) == (200, True), told
    file = runtime_file(client.database)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text("utf-8").splitlines()[1:] == ['trade.poll: "30s"']
    assert 'value="30s"' in (await client.get("/settings")).text
    status, told = await saved(client, "universe.pairs", "[BTC, ETH]")
    assert status == 200, told
    assert (await saved(client, "capital", "20000"))[1].count("counts from the next start") == 1
    answer = await client.post("/settings", {"path": "trade.poll", "value": "30s", "forget": "1"})
    assert answer.status == 303
    assert "trade.poll" not in file.read_text("utf-8")
    assert [one.name for one in client.database.parent.iterdir() if "partial" in one.name] == []


async def test_what_cannot_be_is_named_and_nothing_is_changed(client: Client) -> None:
    assert (await saved(client, "trade.poll", "20s"))[0] == 200
    before = runtime_file(client.database).read_bytes()
    for path, value, words in REFUSED:
        status, told = await saved(client, path, value)
        assert (status, words in told) == (422, True), (path, told)
        assert runtime_file(client.database).read_bytes() == before


async def test_what_the_environment_says_stands_above_the_page(client: Client) -> None:
    client.environ["FUNDARB__TRADE__POLL"] = "5s"
    status, told = await saved(client, "trade.poll", "20s")
    assert (status, "trade.poll is fixed by environment FUNDARB__TRADE__POLL" in told) == (422, True)
    assert "fixed by environment FUNDARB__TRADE__POLL" in (await client.get("/settings")).text


async def test_a_file_that_was_spoiled_by_hand_is_told_of_and_left_alone(client: Client) -> None:
    file = runtime_file(client.database)
    file.write_text("trade: {pol: 3}\n")
    assert (await client.get("/settings")).status == 422
    assert (await saved(client, "trade.poll", "20s"))[0] == 422
    assert file.read_text() == "trade: {pol: 3}\n"


async def test_a_question_that_cannot_be_asked_starts_nothing(client: Client) -> None:
    for form, words in UNASKABLE:
        answer = await client.post("/backtest", form)
        assert (answer.status, words in unescape(answer.text)) == (422, True), (form, answer.text)
    assert (await client.post("/backtest/cancel", {})).status == 303
    assert "No backtest was started here yet." in (await client.get("/backtest")).text


async def test_no_page_tells_a_secret(client: Client) -> None:
    for path in PAGES:
        text = (await client.get(path)).text
        assert SECRET not in text, path
        assert "very-secret" not in text, path
        assert TOKEN not in text, path


async def test_what_nobody_foresaw_is_a_page_too_and_says_nothing_of_itself(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(_: Onlooker) -> Look:
        raise ZeroDivisionError("words for the log alone")

    monkeypatch.setattr(Onlooker, "look", broken)
    answer = await client.get("/")
    assert (answer.status, "unexpected failure: ZeroDivisionError" in answer.text) == (500, True)
    assert "words for the log alone" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "words for the log alone" in caplog.text
    async with client.http.ws_connect(f"{client.url}/live", origin=client.url) as wire:
        assert "unexpected failure: ZeroDivisionError" in await wire.receive_str(timeout=30)
        monkeypatch.undo()
        assert 'id="state"' in await wire.receive_str(timeout=30)


async def test_a_database_that_goes_away_is_told_and_found_again(client: Client) -> None:
    away = client.database.with_name("away.db")
    client.database.rename(away)
    assert (await client.get("/")).status == 409
    async with client.http.ws_connect(f"{client.url}/live", origin=client.url) as wire:
        assert "no such database" in await wire.receive_str(timeout=30)
        away.rename(client.database)
        assert 'id="state"' in await wire.receive_str(timeout=30)


async def test_an_open_page_never_keeps_the_trader_from_writing(client: Client) -> None:
    async with (
        client.http.ws_connect(f"{client.url}/live", origin=client.url) as wire,
        open_store(client.database, "append", durable=True) as writing,
        open_store(client.database, "read") as reading,
        snapshot(reading),
    ):
        await wire.receive_str(timeout=30)
        await reading.execute_fetchall("SELECT count(*) FROM events")  # a look that lasts
        await writing.execute("PRAGMA busy_timeout = 0")  # whatever waits fails
        journal = SqliteJournal(writing)
        for number in range(20):
            await journal.record([Event(NOW, None, "looked", None, f"number {number}")])
            assert (await client.get("/")).status == 200
        while "number 19" not in await wire.receive_str(timeout=30):
            pass
