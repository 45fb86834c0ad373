"""The live view on a console of a fixed size: what is drawn fits, words of the log go below it, a failure ends only it."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass, field

import pytest
from rich.console import Console

from fundarb.cli.live_view import Screen, drawn
from fundarb.ports.journal import Event
from fundarb.reporting.scene import Scene
from tests.e2e.terminal import ENTER, LEAVE, SHOW_CURSOR, frames
from tests.reporting.seen import scene, told


@dataclass
class Onlooker:
    """Looks on at a trader that is or is not at work."""

    at_work: bool = False
    looks: int = 0
    error: Exception | None = None
    looked: asyncio.Event = field(default_factory=asyncio.Event)

    async def scene(self) -> Scene:
        """The same again, or what is wrong."""
        self.looks += 1
        self.looked.set()
        if self.error is not None:
            raise self.error
        return scene()


@pytest.fixture
def page() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def console(page: io.StringIO) -> Console:
    return Console(file=page, force_terminal=True, width=100, height=30, no_color=True, legacy_windows=False)


@pytest.mark.parametrize("colour", [False, True])
async def test_a_picture_has_the_size_of_the_terminal_with_or_without_colour(page: io.StringIO, colour: bool) -> None:
    console = Console(file=page, force_terminal=True, width=100, height=30, no_color=not colour, legacy_windows=False)
    with Screen(console, lambda _: None) as screen:
        for event in told(3):
            screen.hear(event)
        screen.draw(scene())
    lines = frames(page.getvalue())[-1].split("\n")
    assert len(lines) == 30
    assert {len(line) for line in lines} == {100}
    assert any(line.split()[:2] == ["COIN0", "0.06700093"] for line in lines)
    assert ("\x1b[32m" in page.getvalue()) is colour
    assert page.getvalue().startswith(ENTER)
    assert SHOW_CURSOR in page.getvalue().partition("Positions")[2]
    assert page.getvalue().rstrip().endswith(LEAVE)


async def test_words_of_the_log_stand_below_without_their_colours_and_are_kept(
    console: Console, page: io.StringIO
) -> None:
    with Screen(console, lambda _: None) as screen:
        screen.write("\x1b[33mwarning: the disk is nearly full\x1b[0m\n")
        screen.draw(scene())
    assert "warning: the disk is nearly full" in frames(page.getvalue())[-1]
    assert list(screen.words) == ["warning: the disk is nearly full"]


async def test_a_picture_that_fails_leaves_the_terminal_and_trading_alone(console: Console, page: io.StringIO) -> None:
    lines: list[Event] = []
    with Screen(console, lines.append) as screen:
        broken = Onlooker(error=ZeroDivisionError("a mistake of ours"))
        async with drawn(screen, broken):
            await broken.looked.wait()
            (event,) = told(1)
            screen.hear(event)
    assert lines == [event]
    assert page.getvalue().count(LEAVE) == 1


async def test_nothing_is_drawn_while_a_step_is_in_hand(console: Console) -> None:
    busy, idle = Onlooker(at_work=True), Onlooker()
    with Screen(console, lambda _: None) as screen:
        async with drawn(screen, busy), drawn(screen, idle):
            await idle.looked.wait()
    assert busy.looks == 0
