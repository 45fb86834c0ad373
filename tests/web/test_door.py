"""Who is let in: names, origins, tokens, proofs; on loopback reading is free, beyond it nothing is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from fundarb.bootstrap.halting import open_journal
from fundarb.errors import ConfigError
from fundarb.ports.journal import Halt
from fundarb.web.origins import origins_of
from fundarb.web.running import given_token
from fundarb.web.token import LASTING_S, TOKEN_NAME, WITHIN_S, WRONG_ALLOWED, Doorkeeper
from tests.web.served import TOKEN, Client, host_of, served

PAGES = ("/", "/signals", "/data", "/runs", "/backtest", "/settings", "/sign-in")
CHANGES = ("/halt", "/resume", "/settings", "/backtest", "/backtest/cancel", "/sign-out")


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    async with served(tmp_path) as found:
        yield found


async def halt_of(client: Client) -> Halt | None:
    async with open_journal(client.database) as (journal, _):
        return await journal.halt()


@pytest.mark.parametrize(
    ("host", "local", "beyond"),
    [
        ("127.0.0.1:8710", True, True),
        ("localhost:8710", True, True),
        ("LOCALHOST", True, True),
        ("[::1]:8710", True, True),
        ("desk.example:443", True, True),
        ("10.1.2.3:8710", False, True),
        ("[2001:db8::7]", False, True),
        ("evil.example", False, False),
        ("127.0.0.1.evil.example", False, False),
        ("localhost:evil", False, False),
        ("", False, False),
        (None, False, False),
    ],
)
def test_a_name_that_can_be_made_to_lead_here_is_none_of_ours(host: str | None, local: bool, beyond: bool) -> None:
    assert origins_of("127.0.0.1", ["Desk.example"]).hosts(host) is local
    assert origins_of("0.0.0.0", ["desk.example"]).hosts(host) is beyond


@pytest.mark.parametrize(
    ("origin", "own"),
    [
        ("http://127.0.0.1:8710", True),
        ("https://127.0.0.1:8710", True),
        ("http://127.0.0.1:8711", False),
        ("http://localhost:8710", False),
        ("http://evil.example", False),
        ("ftp://127.0.0.1:8710", False),
        ("null", False),
        (None, False),
    ],
)
def test_only_the_very_host_and_port_that_is_asked_is_our_own_page(origin: str | None, own: bool) -> None:
    assert origins_of("127.0.0.1", ()).own(origin, "127.0.0.1:8710") is own


def test_a_sign_in_lasts_a_while_and_who_guesses_keeps_its_owner_from_nothing() -> None:
    now = [0.0]
    keeper = Doorkeeper(TOKEN, lambda: now[0])
    made = keeper.sign_in(TOKEN)
    assert made is not None
    assert keeper.known(made.name) is made
    now[0] = LASTING_S
    assert keeper.known(made.name) is None
    assert [keeper.sign_in("wrong") for _ in range(WRONG_ALLOWED)] == [None] * WRONG_ALLOWED
    wearied = keeper.wearied
    assert keeper.sign_in(TOKEN) is not None
    now[0] += WITHIN_S + 1
    assert (wearied, keeper.wearied) == (True, False)
    assert TOKEN not in repr(keeper)


async def test_every_page_is_read_without_a_token_and_runs_nothing_but_our_files(client: Client) -> None:
    for path in PAGES:
        answer = await client.get(path)
        assert answer.status == (409 if path == "/signals" else 200), (path, answer.text)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Cache-Control"] == "no-store"
        assert not any(word in answer.text for word in ("<style", "style=", "onclick=", "<script>", TOKEN))
        assert "<form" not in answer.text or path == "/sign-in"


async def test_a_request_under_a_foreign_name_is_not_answered(client: Client) -> None:
    assert (await client.get("/", Host="evil.example")).status == 421
    assert (
        await client.get("/static/htmx.js", Host=f"evil.example:{host_of(client.url).rpartition(':')[2]}")
    ).status == 421


async def test_what_changes_anything_wants_our_origin_a_sign_in_and_the_proof(client: Client) -> None:
    for path in CHANGES:
        for origin in ("http://evil.example", "null", client.url.replace("127.0.0.1", "localhost")):
            assert (await client.post(path, {}, Origin=origin)).status == 403, (path, origin)
        assert (await client.post(path, {})).status == 401, path
    await client.sign_in()
    for path in CHANGES:
        assert (await client.post(path, {"proof": "guessed"})).status == 403, path
        assert (await client.post(path, {"proof": ""})).status == 403, path
    assert await halt_of(client) is None
    assert not (client.database.parent / "fundarb.db.runtime.yaml").exists()


async def test_a_signed_in_reader_halts_resumes_and_signs_out(client: Client) -> None:
    await client.sign_in()
    answer = await client.post("/halt", {"reason": "a look"}, **{"HX-Request": "true"})
    assert (answer.status, 'id="halted"' in answer.text) == (200, True)
    halt = await halt_of(client)
    assert halt is not None
    assert (halt.reason, halt.pairs) == ("a look", ())
    assert (await client.post("/resume", {})).headers["Location"] == "/"
    assert await halt_of(client) is None
    assert (await client.post("/halt", {"pairs": "NOPE"})).status == 422
    assert (await client.post("/halt", {"reason": "x" * 300})).status == 422
    assert (await client.post("/halt", {"reason": "x" * 70_000})).status == 413
    assert await halt_of(client) is None
    assert (await client.post("/sign-out", {})).status == 303
    assert (await client.post("/halt", {})).status == 401


async def test_the_cookie_is_for_this_port_alone_and_for_no_script_or_site(client: Client) -> None:
    answer = await client.post("/sign-in", {"token": TOKEN})
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"fundarb_{host_of(client.url).rpartition(':')[2]}=")
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Path=/"))
    assert TOKEN not in cookie


async def test_wrong_tokens_are_turned_away_and_the_right_one_opens_beside_them(client: Client) -> None:
    answers = [(await client.post("/sign-in", {"token": "wrong"})).status for _ in range(WRONG_ALLOWED + 1)]
    assert answers == [403] * (WRONG_ALLOWED - 1) + [429] * 2
    assert (await client.post("/sign-in", {"token": TOKEN})).status == 303


@pytest.mark.parametrize("token", ["short", "ab" * 20, "sixteen-signs-\udc80-and-more"])
def test_a_token_that_could_be_guessed_or_not_be_typed_is_refused(token: str) -> None:
    with pytest.raises(ConfigError, match=TOKEN_NAME) as refused:
        given_token({TOKEN_NAME: token})
    assert token not in str(refused.value)


def test_a_token_of_ones_own_is_taken_and_none_is_none() -> None:
    assert given_token({TOKEN_NAME: f" {TOKEN} "}) == TOKEN
    assert given_token({TOKEN_NAME: " "}) is None


async def test_beyond_loopback_nothing_is_seen_without_a_sign_in(tmp_path: Path) -> None:
    async with served(tmp_path, beyond=True) as client:
        for path in (*PAGES[:-1], "/runs/latest", "/nothing"):
            answer = await client.get(path)
            assert (answer.status, answer.headers.get("Location")) == (303, "/sign-in"), path
        assert (await client.get("/static/dashboard.css")).status == 200
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await client.http.ws_connect(f"{client.url}/live", origin=client.url)
        await client.sign_in()
        assert (await client.get("/")).status == 200
        async with client.http.ws_connect(f"{client.url}/live", origin=client.url) as wire:
            assert 'id="state"' in await wire.receive_str(timeout=30)
            assert (await client.post("/sign-out", {})).status == 303
            while (word := await wire.receive(timeout=30)).type is aiohttp.WSMsgType.TEXT:
                pass
            assert (word.type, word.data) == (aiohttp.WSMsgType.CLOSE, 1008)


async def test_the_wire_speaks_to_our_own_pages_only(client: Client) -> None:
    for origin in ("http://evil.example", "null", None):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await client.http.ws_connect(f"{client.url}/live", origin=origin)
        assert refused.value.status == 403
    async with client.http.ws_connect(f"{client.url}/live", origin=client.url) as wire:
        parts = await wire.receive_str(timeout=30)
    assert 'id="state"' in parts
    assert "No trader runs" in parts
