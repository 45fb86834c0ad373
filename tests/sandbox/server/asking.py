"""Plain HTTP for tests: one request, its status, headers and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import aiohttp
from yarl import URL


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str
    json: Any


async def get(url: str, path: str, **params: str | int) -> Answer:
    """GET a path with parameters."""
    query = "&".join(f"{name}={value}" for name, value in params.items())
    return await send("GET", url, f"{path}?{query}" if query else path)


async def send(
    method: str, url: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """One request, its path and query sent as they are written."""
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, URL(url + path, encoded=True), data=body, headers=headers) as response,
    ):
        text = await response.text()
        parsed = await response.json() if response.content_type == "application/json" and text else None
        return Answer(response.status, response.headers, text, parsed)


async def result(url: str, name: str, **params: str | int) -> Any:
    """The result of a market path that must answer."""
    answer = await get(url, f"/v5/market/{name}", **params)
    assert answer.json["retCode"] == 0, answer.text
    return answer.json["result"]


async def refusal(url: str, name: str, **params: str | int) -> tuple[int, str]:
    """Code and words of a market path that must refuse."""
    answer = await get(url, f"/v5/market/{name}", **params)
    assert (answer.status, answer.json["result"]) == (200, {})
    return answer.json["retCode"], answer.json["retMsg"]
