"""The table of commands says what the commands say of themselves, and every one of them is an async function."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from fundarb.cli import commands
from fundarb.cli.app import COMMANDS
from fundarb.cli.mounting import Command, Group
from tests.docs.pages import COMMAND_PAGE, README
from tests.readme import command_lines, run


def mounted() -> Iterator[tuple[str, Command]]:
    for name, entry in COMMANDS.items():
        if isinstance(entry, Group):
            yield from ((f"{name} {below}", command) for below, command in entry.commands.items())
        else:
            yield name, entry


@pytest.mark.parametrize(("name", "command"), [pytest.param(*each, id=each[0]) for each in mounted()])
def test_every_command_is_an_async_function_documented_by_its_module(name: str, command: Command) -> None:
    module = import_module(command.module)
    assert inspect.iscoroutinefunction(module.run)
    assert command.module.rpartition(".")[2] == name.replace(" ", "_")
    assert (module.__doc__ or "").startswith(f"`{name}`: ")
    assert inspect.getdoc(module.run)
    assert command.summary.endswith(".")


def test_every_module_of_commands_is_mounted() -> None:
    there = {path.stem for path in Path(commands.__path__[0]).glob("*.py")} - {"__init__", "files"}
    assert there == {command.module.rpartition(".")[2] for _, command in mounted()}


def test_the_pages_hold_the_help_of_the_program() -> None:
    assert run(["--check"]) == 0


def test_every_command_is_documented() -> None:
    text, listed = (
        COMMAND_PAGE.read_text(encoding="utf-8"),
        README.read_text(encoding="utf-8").partition("\nCommands:\n")[2],
    )
    for words in command_lines():
        assert f"\n## {' '.join(('fundarb', *words))}\n" in text
        assert not words or f"\n  {words[0]} " in f"\n{listed}"


def test_the_readme_opens_with_the_two_commands() -> None:
    assert README.read_text(encoding="utf-8").startswith("# fundarb\n\n```\nmake demo\nmake test\n```\n")
