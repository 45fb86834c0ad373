"""Configuration that changes while trading: read again between two steps, checked as at a start, refused as a whole.

Desks are made anew from their ledgers, as a restart makes them: what a restart keeps, a change keeps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fundarb.adapters.file_stamps import FileStamps
from fundarb.config import DEFAULT_FILE, Resolved, runtime_file
from fundarb.config.changes import cannot_change, changes, later
from fundarb.config.settings import Settings
from fundarb.engine.trading.desk import Desk
from fundarb.engine.trading.telling import event
from fundarb.errors import ConfigError, DatabaseBusy, UnknownPair, UsageError, VenueError
from fundarb.ports.journal import Event
from fundarb.strategy.params import Mode

LEVERAGE = "margin.leverage"  # posted margins and liquidation levels of what is open rest on it
Canonical = Callable[[Resolved], Awaitable[Settings]]
Rebuild = Callable[[Settings, Mode | None], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a command's configuration came from: the files it was told to read, and how to read everything again.

    `fixed_mode`: the command line said what decides, so that no file does."""

    files: Sequence[Path]
    resolve: Callable[[], Resolved]
    fixed_mode: bool

    def watched(self, database: Path) -> FileStamps:
        """All files that count, those that are not there yet too."""
        return FileStamps([*(self.files or [DEFAULT_FILE]), runtime_file(database)])


class Renewer:
    """Asked between two steps; `desks` is the list that `rebuild` fills anew."""

    def __init__(
        self,
        sources: Sources,
        database: Path,
        settings: Settings,
        desks: Sequence[Desk],
        canonical: Canonical,
        rebuild: Rebuild,
        now_ms: Callable[[], int],
    ) -> None:
        self._sources, self._stamps, self._settings = sources, sources.watched(database), settings
        self._desks, self._canonical, self._rebuild, self._now_ms = desks, canonical, rebuild, now_ms
        self._again = False

    async def __call__(self) -> list[Event]:
        """What became of a change; nothing where there is none."""
        if not self._stamps.changed() and not self._again:
            return []
        self._again = False
        try:
            self._require_there()
            return await self._renewed(await self._canonical(self._sources.resolve()))
        except (ConfigError, UsageError, UnknownPair) as error:
            return [Event(self._now_ms(), None, "config_refused", reason=f"{error}; what was in force stays so")]
        except VenueError:
            self._again = True  # what a change means could not be asked: at the next look, if the venue answers again
            return []
        except DatabaseBusy:
            self._again = True
            raise

    def _require_there(self) -> None:
        """Without a file its values would be those of the package: stops off, other pairs. Nobody means that by removing."""
        if gone := self._stamps.gone:
            raise UsageError(f"{', '.join(map(str, gone))}: gone; write it again, empty where defaults are meant")

    async def _renewed(self, settings: Settings) -> list[Event]:
        changed = changes(self._settings, settings)
        if not changed:
            return []
        self._require_changeable(changed)
        mode = None if self._sources.fixed_mode else settings.strategy.mode
        turned = [self._turned(desk, mode) for desk in self._desks if mode is not None and mode != desk.mode]
        await self._rebuild(settings, mode)
        self._settings = settings
        data = {"changed": changed, "at_the_next_start": later(changed)}
        return [event(self._now_ms(), None, "configured", data), *turned]

    def _require_changeable(self, changed: Iterable[str]) -> None:
        """Some values stay for as long as one trades, some for as long as anything is open; and a restart is no way out
        of what a person must settle."""
        if fixed := cannot_change(changed):
            raise UsageError(f"{', '.join(fixed)} cannot change while trading: stop, then start again")
        held = {pair for desk in self._desks for pair in desk.ledger.book.positions}
        if LEVERAGE in changed and held:
            raise UsageError(f"{LEVERAGE} cannot change while positions are open ({len(held)} are): leave them first")
        for desk in self._desks:
            if desk.unresolved is not None:
                raise UsageError(f"{desk.name} is unresolved ({desk.unresolved}): `fundarb reconcile` comes first")

    def _turned(self, desk: Desk, mode: Mode) -> Event:
        """What happens to positions when something else decides."""
        held = sorted(desk.ledger.book.positions)
        told = event(self._now_ms(), desk.name, "mode", {"before": desk.mode, "mode": mode, "open": held})
        words = f"{len(held)} open stay as they are; {mode} decides on them from the next settlement on"
        return Event(told.at_ms, told.portfolio, told.name, None, words, told.data)
