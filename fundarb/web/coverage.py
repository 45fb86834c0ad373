"""What market data is stored: `data list` as a page, by kind and then by pair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from fundarb.bootstrap.stores import open_reader
from fundarb.domain.market import Gap, StreamSummary
from fundarb.domain.when import write_duration
from fundarb.reporting.figures import Figure
from fundarb.reporting.page.markup import Html, tag
from fundarb.reporting.page.tables import table
from fundarb.reporting.scene_words import lasting
from fundarb.reporting.short_names import short_pairs
from fundarb.web.dashboard import dashboard
from fundarb.web.layout import framed
from fundarb.web.moments import minute

router = APIRouter()
SHOWN_GAPS = 100
GAP_COLUMNS = ("pair", "kind", "from", "to", "missing", "reason")
COLUMNS = ("pair", "kind", "interval", "from", "to", "rows", "gaps", "age")


@router.get("/data")
async def page(request: Request) -> Response:
    """Every stream that is stored, those with gaps told first."""
    shown = dashboard(request)
    now_ms = shown.now_ms()
    async with open_reader(shown.sources.database) as reader:
        streams = await reader.streams(now_ms)
        holed = [one for one in streams if one.gaps]
        gaps = await reader.gaps(now_ms) if holed else ()
    content: list[Html] = [tag("h1", "Data"), tag("p", _lead(streams, holed), class_="lead")]
    if holed:
        content.append(tag("section", tag("h2", "Gaps"), _gaps(gaps)))
    if streams:
        content.append(tag("section", tag("h2", "All series"), _table(streams, now_ms, "All series")))
    return HTMLResponse(framed(request, "Data", content))


def _lead(streams: Sequence[StreamSummary], holed: Sequence[StreamSummary]) -> str:
    if not streams:
        return "Nothing is stored yet; `fundarb fetch` brings the history of the pairs that trade most."
    pairs, rows = len({one.symbol for one in streams}), sum(one.rows for one in streams)
    gaps = f"{len(holed)} have gaps; `fundarb fetch` fills what the venue still has." if holed else "None has a gap."
    return f"{rows:,} rows of {pairs} pairs in {len(streams)} series. {gaps}"


def _gaps(gaps: Sequence[Gap]) -> Html:
    """The longest holes first."""
    names = short_pairs(list(dict.fromkeys(one.symbol for one in gaps)))
    longest = sorted(gaps, key=lambda one: (-one.missing, one.symbol, one.kind, one.span))[:SHOWN_GAPS]
    rows: list[dict[str, Any]] = [
        {
            "pair": names[one.symbol],
            "kind": str(one.kind),
            "from": minute(one.span.start_ms),
            "to": minute(one.span.end_ms),
            "missing": Figure(one.missing, f"{one.missing:,}"),
            "reason": one.reason,
        }
        for one in longest
    ]
    count = f"{len(rows)} of {len(gaps)} gaps" if len(rows) < len(gaps) else f"{len(gaps)} gaps"
    return table(GAP_COLUMNS, rows, f"{count}, the longest first")


def _table(streams: Sequence[StreamSummary], now_ms: int, caption: str) -> Html:
    names = short_pairs(list(dict.fromkeys(one.symbol for one in streams)))
    rows: list[dict[str, Any]] = [
        {
            "pair": names[one.symbol],
            "kind": str(one.kind),
            "interval": write_duration(one.span_ms) if one.span_ms else None,
            "from": minute(one.first_ms),
            "to": minute(one.last_ms),
            "rows": Figure(one.rows, f"{one.rows:,}"),
            "gaps": one.gaps,
            "age": lasting(max(now_ms - one.last_ms - one.span_ms, 0)),
        }
        for one in streams
    ]
    return table(COLUMNS, rows, caption)
