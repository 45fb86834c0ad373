"""The files that pages are made with: our own, those that report pages share, and htmx as it is published. Nothing else."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.resources import files

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

router = APIRouter()
_OURS, _REPORTS = "fundarb.web", "fundarb.reporting.page"
_STYLE, _SCRIPT = "text/css; charset=utf-8", "text/javascript; charset=utf-8"
_FILES = {
    "page.css": (_REPORTS, "page.css", _STYLE),
    "theme.js": (_REPORTS, "theme.js", _SCRIPT),
    "dashboard.css": (_OURS, "static/dashboard.css", _STYLE),
    "dashboard.js": (_OURS, "static/dashboard.js", _SCRIPT),
    "htmx.js": (_OURS, "static/htmx-2.0.11.min.js", _SCRIPT),
    "htmx-ws.js": (_OURS, "static/htmx-ws-2.0.4.min.js", _SCRIPT),
}


@cache
def content(name: str) -> bytes:
    """A file by the name that pages use."""
    package, path, _ = _FILES[name]
    return files(package).joinpath(path).read_bytes()


@cache
def address(name: str) -> str:
    """Where a page finds it; another content has another address, so that a browser may keep it."""
    return f"/static/{name}?{sha256(content(name)).hexdigest()[:12]}"


@router.get("/static/{name}")
async def serve(name: str) -> Response:
    """One of these files."""
    if name not in _FILES:
        raise HTTPException(404)
    return Response(content(name), media_type=_FILES[name][2], headers={"Cache-Control": "private, max-age=604800"})
