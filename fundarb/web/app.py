"""The application: every page behind the guard, every error a page, no page of the framework's own."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from fundarb.errors import FundarbError
from fundarb.web import assets, coverage, now, offers, refusals, settings, signing, stored, trying
from fundarb.web.dashboard import Dashboard
from fundarb.web.guard import Guard
from fundarb.web.headers import Careful

_PAGES = (assets, signing, now, offers, coverage, stored, trying, settings)


def make_app(shown: Dashboard) -> FastAPI:
    """The pages of one dashboard."""
    app = FastAPI(
        title="fundarb",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        middleware=[Middleware(Careful), Middleware(refusals.Unbroken), Middleware(Guard, door=shown.door)],
        exception_handlers={
            refusals.Turned: refusals.turned,
            FundarbError: refusals.foreseen,
            HTTPException: refusals.missing,
        },
    )
    app.state.dashboard = shown
    for page in _PAGES:
        app.include_router(page.router)
    return app
