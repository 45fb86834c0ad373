"""A backtest started and watched: the command itself as a process; what it says is shown as it comes."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.websockets import WebSocket

from fundarb.domain.when import parse_when
from fundarb.errors import UsageError
from fundarb.reporting.page.markup import Html, tag
from fundarb.reporting.page.tables import table
from fundarb.reporting.run_table import rounded
from fundarb.research.comparison import read_modes
from fundarb.strategy.params import MODES
from fundarb.web.changing import Form, changed, signed_form
from fundarb.web.dashboard import dashboard
from fundarb.web.job import Job, Stage
from fundarb.web.layout import changing, framed
from fundarb.web.live import follow

router = APIRouter()
SHOWN = ("mode", "net", "apr_on_capital", "sharpe_daily", "max_drawdown", "trades", "funding", "fees", "run_id")
_LONGEST_PAIRS = 4000
_WORDS = {
    Stage.NONE: "No backtest was started here yet.",
    Stage.RUNNING: "Running.",
    Stage.DONE: "Done.",
    Stage.CANCELLED: "Cancelled.",
}


@router.get("/backtest")
async def page(request: Request) -> Response:
    """The question, and the newest answer."""
    job = dashboard(request).job
    lead = "Runs on what is stored, beside cash, hold and simple; a trader that runs meanwhile goes on."
    return HTMLResponse(
        framed(
            request,
            "Backtest",
            tag("h1", "Backtest"),
            tag("p", lead, class_="lead"),
            _question(request),
            _ending(request),
            job_part(job),
            live="/live/backtest",
        )
    )


@router.websocket("/live/backtest")
async def live(socket: WebSocket) -> None:
    """How far it is."""
    job = dashboard(socket).job

    async def parts() -> dict[str, Html]:
        return {"job": job_part(job)}

    await follow(socket, parts)


@router.post("/backtest")
async def start(request: Request, form: Annotated[Form, Depends(signed_form)]) -> Response:
    """As `fundarb backtest`, one at a time."""
    shown = dashboard(request)
    asked = _asked(form, shown.now_ms())
    words = ["backtest", *asked, "--format", "json", *shown.sources.words]
    await shown.job.start(words, " ".join(["fundarb backtest", *asked]))
    return changed(request, "/backtest", job_part(shown.job))


@router.post("/backtest/cancel")
async def cancel(request: Request, _: Annotated[Form, Depends(signed_form)]) -> Response:
    """As Ctrl-C."""
    job = dashboard(request).job
    await job.cancel()
    return changed(request, "/backtest", job_part(job))


def job_part(job: Job) -> Html:
    """What was asked, what it says, what came of it."""
    content: list[Html] = [
        tag("h2", "The newest"),
        tag("p", _state(job), class_="lead", id="stage", data_stage=job.stage),
    ]
    if job.asked:
        content.append(tag("p", tag("code", job.asked)))
    if job.runs:
        content.append(_results(job.runs))
        link = tag("a", "Open its page", href=f"/runs/{job.runs[0]['run_id']}")
        content.append(tag("p", link))
    if job.said:
        content.append(tag("pre", "\n".join(job.said), class_="said", tabindex="0", aria_label="What it said"))
    return tag("section", content, id="job", role="status", aria_live="polite")


def _state(job: Job) -> str:
    return _WORDS.get(job.stage, f"It ended with exit code {job.code}; the last lines say why.")


def _results(runs: list[dict[str, Any]]) -> Html:
    rows = [
        {name: rounded(name, _figure(run, name)) for name in SHOWN if name != "run_id"} | {"run_id": run["run_id"][:12]}
        for run in runs
    ]
    return table(
        SHOWN, rows, "What it found, the benchmarks last", titles={"apr_on_capital": "a year", "run_id": "run"}
    )


def _figure(run: dict[str, Any], name: str) -> Any:
    return {**run, **run["totals"], **run["metrics"], **run["counts"]}[name]


def _question(request: Request) -> Html:
    configured = dashboard(request).sources.resolve().settings.strategy.mode
    boxes = [
        tag(
            "label",
            tag("input", type="checkbox", name_="mode", value=mode, checked=mode == configured),
            mode,
            class_="check",
        )
        for mode in MODES
    ]
    modes = tag("fieldset", tag("legend", "Modes"), boxes)
    since = tag("label", "From", tag("input", name_="from", placeholder="first settlement", maxlength="40"))
    until = tag("label", "To", tag("input", name_="to", placeholder="newest", maxlength="40"))
    pairs = tag("label", "Pairs", tag("input", name_="pairs", placeholder="all that are stored", autocomplete="off"))
    begin = tag("button", "Start", type="submit", id="start")
    return changing(
        request, "/backtest", modes, since, until, pairs, begin, hx_target="#job", hx_swap="outerHTML", class_="row"
    )


def _ending(request: Request) -> Html | None:
    """Seen while there is something to cancel."""
    if dashboard(request).door.who(request) is None:
        return None
    button = tag("button", "Cancel it", type="submit", id="cancel", class_="stop")
    return changing(request, "/backtest/cancel", button, hx_target="#job", hx_swap="outerHTML", class_="cancel")


def _asked(form: Form, now_ms: int) -> list[str]:
    """The options of the command; each checked here, so that none can be taken for another option."""
    modes = read_modes(form.get("mode") or None, "simple")
    words = ["--mode", ",".join(modes)] if form.get("mode") else []
    for name in ("from", "to"):
        if text := form.get(name):
            parse_when(text, now_ms)
            words.append(f"--{name}={text}")
    if pairs := form.get("pairs"):
        if len(pairs) > _LONGEST_PAIRS or not pairs.isprintable():
            raise UsageError(f"pairs: {len(pairs)} signs; at most {_LONGEST_PAIRS} on one line")
        words.append(f"--pairs={','.join(pairs.replace(',', ' ').split())}")
    return words
