"""Every parameter with its value and origin; those that may change while one trades are changed here, checked as a whole."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from fundarb.bootstrap.renewing import LEVERAGE
from fundarb.config import Resolved, runtime_file
from fundarb.config.changes import Change, cannot_change, later
from fundarb.config.runtime import change_runtime, locked_by
from fundarb.config.schema import Leaf, find
from fundarb.config.secrecy import HIDDEN
from fundarb.config.settings import SCHEMA
from fundarb.errors import UsageError
from fundarb.reporting.page.markup import Html, tag
from fundarb.web.changing import Form, changed, signed_form
from fundarb.web.dashboard import dashboard
from fundarb.web.layout import changing, framed

router = APIRouter()
_LONGEST = 2000
_COLUMNS = ("parameter", "value", "from", "meaning")


@router.get("/settings")
async def page(request: Request) -> Response:
    """By section, as `config show` has them."""
    sources = dashboard(request).sources
    resolved, file = sources.resolve(), runtime_file(sources.database)
    lead = (
        f"What is changed here is kept in {file.name}, above configuration files and below the environment and the command "
        "line. A running trader reads it at its next looks, and tells what it made of it. What a trader was given with "
        "--set of its own stays."
    )
    rows = [row for row in resolved.rows() if isinstance(find(SCHEMA, row[0]), Leaf)]
    sections = [
        tag("section", tag("h2", name), _table(request, resolved, list(members)))
        for name, members in groupby(rows, key=lambda row: row[0].partition(".")[0])
    ]
    changed_part = tag("p", id="changed", role="status")
    return HTMLResponse(
        framed(request, "Settings", tag("h1", "Settings"), tag("p", lead, class_="lead"), changed_part, sections)
    )


@router.post("/settings")
async def change(request: Request, form: Annotated[Form, Depends(signed_form)]) -> Response:
    """One value, or (without one) back to what it is without this page."""
    sources = dashboard(request).sources
    path, value = form.get("path", ""), form.get("value", "")
    if len(value) > _LONGEST or not value.isprintable():
        raise UsageError(f"{path[:80]}: a value of {len(value)} signs; at most {_LONGEST} on one line")
    wanted = None if "forget" in form else value
    await _require_flat(request, path)
    before = sources.resolve()
    found = change_runtime(sources.database, before, {path: wanted}, sources.edited)
    after = sources.resolve()
    row = next((one for one in after.rows() if one[0] == path), (path, "null", "default"))
    return changed(request, "/settings", _row(request, after, row), _told(found))


async def _require_flat(request: Request, path: str) -> None:
    """A trader refuses all that a file says while it says what cannot be: better refuse that here."""
    held = sum(len(one.positions) for one in (await dashboard(request).onlooker.look()).scene.portfolios)
    if path == LEVERAGE and held:
        raise UsageError(f"{path} cannot change while positions are open ({held} are): leave them first")


def _told(found: dict[str, Change]) -> Html:
    """What is other now, and what of it waits."""
    said = [f"{path}: {_value(before)} → {_value(after)}" for path, (before, after) in found.items()]
    waiting = later(found)
    words = "; ".join(said) or "Nothing is other by that"
    told = f"{words}. {', '.join(waiting)} counts from the next start of a trader." if waiting else f"{words}."
    return tag("p", told, id="changed", role="status", class_="saved", hx_swap_oob="true")


def _value(text: str | None) -> str:
    return "null" if text is None else text


def _table(request: Request, resolved: Resolved, rows: list[tuple[str, str, str]]) -> Html:
    head = tag("thead", tag("tr", [tag("th", name, scope="col") for name in _COLUMNS]))
    body = [_row(request, resolved, row) for row in rows]
    whole = tag("table", head, tag("tbody", body), class_="settings")
    return tag("div", whole, class_="scroll", tabindex="0", role="region", aria_label=rows[0][0].partition(".")[0])


def _row(request: Request, resolved: Resolved, row: tuple[str, str, str]) -> Html:
    path, value, origin = row
    leaf = find(SCHEMA, path)
    assert isinstance(leaf, Leaf), "rows are of parameters"
    return tag(
        "tr",
        tag("th", path, scope="row"),
        tag("td", _cell(request, resolved, leaf, value)),
        tag("td", origin.rpartition("/")[2] if not locked_by(resolved, path) else origin, class_="origin"),
        tag("td", f"{leaf.meaning} ({leaf.allowed})", class_="meaning"),
        id=_id(path),
    )


def _cell(request: Request, resolved: Resolved, leaf: Leaf, value: str) -> Html:
    """A form where it may be changed, else the value and why it may not."""
    fixed = _why_fixed(resolved, leaf, value)
    if fixed is not None:
        return tag("span", tag("code", value), tag("span", f" {fixed}", class_="hint"))
    if dashboard(request).door.who(request) is None:
        return tag("code", value)
    if leaf.choices:
        options = [tag("option", one, value=one, selected=one == value) for one in leaf.choices]
        field = tag("select", options, name_="value", aria_label=leaf.path)
    else:
        field = tag(
            "input", name_="value", value=value, aria_label=leaf.path, maxlength=str(_LONGEST), autocomplete="off"
        )
    path = tag("input", type="hidden", name_="path", value=leaf.path)
    save = tag("button", "Save", type="submit")
    here = resolved.origins.get(leaf.path, "").rpartition("/")[2].startswith(_own_name(request))
    forget = (
        tag("button", "Undo", type="submit", name_="forget", value="1", title="As it is without this page")
        if here
        else None
    )
    return changing(request, "/settings", path, field, save, forget, hx_target="closest tr", hx_swap="outerHTML")


def _why_fixed(resolved: Resolved, leaf: Leaf, value: str) -> str | None:
    """None where it may be changed here."""
    if leaf.secret or value == HIDDEN:
        return "kept out of this page"
    if cannot_change([leaf.path]):
        return "fixed while trading"
    above = locked_by(resolved, leaf.path)
    return None if above is None else f"fixed by {above}"


def _own_name(request: Request) -> str:
    return runtime_file(dashboard(request).sources.database).name


def _id(path: str) -> str:
    return f"set-{path.replace('.', '-').replace('/', '-').replace(':', '-')}"
