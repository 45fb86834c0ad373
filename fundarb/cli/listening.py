"""Who hears of trading: the terminal, as lines or as a live view, and whoever the configuration names, away from it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fundarb.cli import logs, render
from fundarb.cli.event_lines import event_lines
from fundarb.cli.forms import Format
from fundarb.cli.invocation import Invocation
from fundarb.cli.redaction import redact_text
from fundarb.cli.run_answers import form_of, width
from fundarb.cli.running import giving_back
from fundarb.errors import RiskHalt, UsageError

if TYPE_CHECKING:
    from fundarb.bootstrap.trading import Trading
    from fundarb.cli.live_view import Screen
    from fundarb.config import Resolved
    from fundarb.ports.journal import Event
    from fundarb.ports.notifier import Notifier

Hear = Callable[["Event"], None]


@dataclass(frozen=True, slots=True)
class Listeners:
    """What events are handed to, and what looks on while a trader runs."""

    hear: Hear
    watching: Callable[[Trading], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def listening(call: Invocation, resolved: Resolved, *, plain: bool) -> AsyncIterator[Listeners]:
    """Hands each event to all; what trading fails with is told before it goes on. `plain`: lines, on a terminal too."""
    from fundarb.bootstrap.notify import open_notifier
    from fundarb.reporting.news import News

    news = News()
    with _shown(call, plain=plain) as shown:
        async with open_notifier(resolved.settings, redact_text) as notifier:

            def hear(event: Event) -> None:
                shown.hear(event)
                for name, words in news.of(event):
                    notifier.tell(name, words)

            async with _failure_told(notifier):
                yield Listeners(hear, shown.watching)


def wants_picture(call: Invocation, *, plain: bool) -> bool:
    """A live view needs a terminal that is large enough, and nobody who asked for something else."""
    if plain or call.given.format is not None or not render.drawable():
        return False
    from fundarb.reporting.scene_page import LEAST_HEIGHT, LEAST_WIDTH

    columns, rows = shutil.get_terminal_size((0, 0))
    return columns >= LEAST_WIDTH and rows >= LEAST_HEIGHT


@contextmanager
def _shown(call: Invocation, *, plain: bool) -> Iterator[Listeners]:
    """The terminal as it is wanted."""
    if wants_picture(call, plain=plain):
        with _picture(call) as listeners:
            yield listeners
    else:
        with event_lines(form_of(call)) as hear:
            yield Listeners(hear, lambda _: nullcontext())


@contextmanager
def _picture(call: Invocation) -> Iterator[Listeners]:
    """A live view; what the log said meanwhile is said again on stderr once the terminal is as it was."""
    from fundarb.bootstrap.watching import Watching
    from fundarb.cli.live_view import Screen, drawn

    with event_lines(Format.TABLE) as lines:
        screen = Screen(render.canvas(color=call.colored), lines)
        try:
            with giving_back(screen.give_back), screen, logs.diverted(screen):
                yield Listeners(screen.hear, lambda trading: drawn(screen, Watching(trading)))
        finally:
            _say(screen)


def _say(screen: Screen) -> None:
    """What was kept of the log, and what the portfolios came to."""
    from fundarb.reporting.scene_words import portfolio_lines

    for words in screen.words:
        logs.repeat(words)
    for one in () if screen.last is None else screen.last.portfolios:
        for line in portfolio_lines(one, width()):
            render.write_line(line)


@asynccontextmanager
async def _failure_told(notifier: Notifier) -> AsyncIterator[None]:
    """A mistake on the command line, or a halt that was told already, is no news."""
    try:
        yield
    except (UsageError, RiskHalt):
        raise
    except Exception as error:
        notifier.tell("trade_failed", f"trading ended: {str(error) or type(error).__name__}")
        raise
