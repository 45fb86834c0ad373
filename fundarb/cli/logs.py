"""Everything that is not the answer: log lines and words for the person, on stderr and in --log-file, redacted.

Modules log through `structlog.get_logger()` or the standard library; both end here. Tracebacks carry no locals.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from io import TextIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundarb.cli.database_files import require_apart
from fundarb.cli.forms import LogFormat
from fundarb.cli.log_file import LogFile
from fundarb.cli.options import Globals
from fundarb.cli.redaction import hide, redact, redact_known, redact_text
from fundarb.errors import UsageError

if TYPE_CHECKING:
    from structlog.typing import Processor

_PERSON = "fundarb.words"  # this logger's lines are sentences, shown as they stand
_DISCREET = "discreet"
_SECRETS = ("FUNDARB_API_KEY", "FUNDARB_API_SECRET")
_configured = False
_screen: logging.StreamHandler[Any] | None = None


def configure(given: Globals) -> None:
    """Send logs where the shared options say."""
    global _configured, _screen
    import structlog

    hide(*(os.environ.get(name) for name in _SECRETS))
    structlog.configure(
        processors=[*_before(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    screen = logging.StreamHandler(sys.stderr) if sys.stderr is not None else logging.NullHandler()
    screen.setLevel(_screen_level(given.verbosity))
    handlers = [screen, *([_file_handler(given.log_file, given.database)] if given.log_file else [])]
    for handler in handlers:
        handler.setFormatter(_formatter(given, on_screen=handler is screen))
    _install(handlers, given.verbosity)
    _configured = True
    _screen = screen if isinstance(screen, logging.StreamHandler) else None


def tell(level: int, text: str, *, discreet: bool = False) -> None:
    """Words for the person at the terminal; before the options are read, plainly on stderr.

    Discreet words repeat no value that could be a secret. Of those only known secrets are blanked: names like
    `api_key:` stand in them before words, and those are to be read."""
    if _configured:
        logging.getLogger(_PERSON).log(level, "%s", text, extra={_DISCREET: discreet})
    elif sys.stderr is not None:
        sys.stderr.write((redact_known(text) if discreet else redact_text(text)) + "\n")


def detail(text: str, error: BaseException) -> None:
    """Where an error came from: shown with -v, always kept in the log file."""
    if _configured:
        logging.getLogger("fundarb.cli").info(text, exc_info=error)


def repeat(line: str) -> None:
    """A line that was diverted, on stderr after all."""
    if sys.stderr is not None:
        sys.stderr.write(f"{line}\n")


@contextmanager
def diverted(to: TextIOBase) -> Iterator[None]:
    """What is meant for the terminal goes there for the block, if it would have reached one: something is drawn on it."""
    if _screen is None or not _on_terminal():
        yield
        return
    before = _screen.setStream(to)
    try:
        yield
    finally:
        if before is not None:
            _screen.setStream(before)


def _install(handlers: list[logging.Handler], verbosity: int) -> None:
    """Our own modules speak at the level asked for, libraries only when they must be heard."""
    lowest = min(handler.level for handler in handlers)
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(logging.INFO if verbosity > 1 else logging.WARNING)
    logging.getLogger("fundarb").setLevel(lowest)


def _screen_level(verbosity: int) -> int:
    if verbosity < 0:
        return logging.ERROR
    return (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbosity, 2)]


def _file_handler(path: Path, database: Path) -> logging.Handler:
    """Appends to a file only its owner can read, and never to one of the database's."""
    require_apart("--log-file", path, database)
    try:
        return LogFile(path, lambda words: tell(logging.WARNING, f"warning: {words}"))
    except OSError as error:
        raise UsageError(f"--log-file {path}: {error.strerror}; name a file that can be written") from error


def _before() -> list[Processor]:
    """What every line gets, wherever it was logged."""
    import structlog

    return [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]


def _formatter(given: Globals, *, on_screen: bool) -> logging.Formatter:
    import structlog

    as_json = given.log_format is LogFormat.JSON
    color = on_screen and not given.no_color and not os.environ.get("NO_COLOR") and _on_terminal()
    written: Processor = structlog.processors.JSONRenderer(ensure_ascii=False) if as_json else _Lines(color)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_before(),
        processors=[_redact_event, written],
    )


def _on_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


def _redact_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The event without secrets and without what structlog needs of it until here."""
    discreet = getattr(event.pop("_record", None), _DISCREET, False)
    event.pop("_from_structlog", None)
    clean: dict[str, Any] = redact(event)
    return clean | {"event": redact_known(event["event"])} if discreet else clean


class _Lines:
    """Console lines; what is meant for the person stands alone, without a time."""

    def __init__(self, color: bool) -> None:
        import structlog

        self._logged = structlog.dev.ConsoleRenderer(
            colors=color, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
        )

    def __call__(self, logger: Any, method: str, event: MutableMapping[str, Any]) -> str:
        if event.get("logger") == _PERSON:
            return str(event["event"])
        return str(self._logged(logger, method, event))
