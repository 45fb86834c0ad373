"""What a command gets from the command line beyond its own options: configuration, database, and where answers go."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from fundarb.cli import logs, options, render
from fundarb.cli.forms import Format
from fundarb.cli.options import Globals
from fundarb.cli.redaction import hide
from fundarb.cli.render import Answer

if TYPE_CHECKING:
    from fundarb.config import Resolved
    from fundarb.config.keys import Keys


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of one command."""

    given: Globals

    @property
    def database(self) -> Path:
        """The database that `--db` names: the file itself where that is a link, so that what stands beside it is one."""
        named = self.given.database
        return Path(os.path.realpath(named)) if os.path.islink(named) else named

    @property
    def quiet(self) -> bool:
        """No progress, no warnings."""
        return self.given.verbosity < 0

    @property
    def csv(self) -> bool:
        """Whether the answer will be one CSV table."""
        return (self.given.format or render.default_format()) is Format.CSV

    @property
    def colored(self) -> bool:
        """Whether a terminal may be given colours."""
        return not self.given.no_color and not os.environ.get("NO_COLOR")

    def resolve(self, fixed: Mapping[str, str | None] | None = None, *, runtime: Path | None = None) -> Resolved:
        """The configuration of this call, `fixed` being what the command's own options set; ConfigError if it is bad.
        `runtime` stands in for the file that the dashboard writes."""
        from fundarb.config import resolve

        resolved = resolve(self.given.config, os.environ, self.given.sets, fixed or {}, self.database, runtime)
        notify = resolved.settings.notify
        hide(*(secret.get_secret_value() for secret in (notify.webhook, *notify.apprise) if secret))
        return resolved

    def keys(self) -> Keys | None:
        """The exchange keys of this call, where there are any; from here on blanked wherever they turn up."""
        from fundarb.config.keys import read_keys

        keys = read_keys(os.environ, Path.cwd())
        hide(*(keys.reveal() if keys else ()))
        return keys

    def require_keys(self) -> Keys:
        """As `keys`; ConfigError, with what to set, where there are none."""
        from fundarb.config.keys import require_keys

        return self.keys() or require_keys(os.environ, Path.cwd())

    def warn(self, resolved: Resolved) -> None:
        """What the configuration allows but deserves a second look."""
        for warning in resolved.warnings:
            self.note(f"warning: {warning}")

    def answer(self, answer: Answer) -> None:
        """Write the answer on stdout."""
        self.answer_in(answer, self.given.format)

    def answer_in(self, answer: Answer, form: Format | None) -> None:
        """Write the answer on stdout in a form of its own."""
        render.show(answer, form, color=self.colored)

    def note(self, text: str) -> None:
        """A sentence for the person, on stderr; not with -q."""
        logs.tell(logging.WARNING, text)


def invocation(ctx: typer.Context) -> Invocation:
    """The call this context belongs to."""
    return Invocation(options.given(ctx.meta))
