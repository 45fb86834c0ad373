"""What a change of configuration must not do to a running trader: end it, or take away its stops unseen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from fundarb.bootstrap.renewing import Renewer, Sources
from fundarb.config import Resolved, resolve
from fundarb.config.settings import Settings
from fundarb.errors import FundarbError, UnknownPair, VenueUnreachable
from fundarb.strategy.params import Mode


class Trading:
    """A trader without positions whose configuration is one file; `trouble` is raised when pairs are asked for."""

    def __init__(self, directory: Path) -> None:
        self.file, self.database = directory / "own.yaml", directory / "a.db"
        self.file.write_text("trade: {drawdown_stop: 0.1}\n")
        self.trouble: Iterator[FundarbError] = iter(())
        self.settings = self.resolve().settings
        sources = Sources([self.file], self.resolve, fixed_mode=False)
        self._renewer = Renewer(sources, self.database, self.settings, [], self.canonical, self.rebuild, lambda: 7)

    def resolve(self) -> Resolved:
        return resolve([self.file], {}, (), {}, self.database)

    async def canonical(self, resolved: Resolved) -> Settings:
        for error in self.trouble:
            raise error
        return resolved.settings

    async def rebuild(self, settings: Settings, mode: Mode | None) -> None:
        self.settings = settings

    async def looks(self, times: int) -> list[tuple[str, str | None]]:
        """What is told at so many looks."""
        return [(one.name, one.reason) for _ in range(times) for one in await self._renewer()]


async def test_a_file_that_is_removed_takes_no_stop_away(tmp_path: Path) -> None:
    trading = Trading(tmp_path)
    trading.file.unlink()
    refusal = f"{trading.file}: gone; write it again, empty where defaults are meant; what was in force stays so"
    assert await trading.looks(4) == [("config_refused", refusal)]
    assert trading.settings.trade.drawdown_stop is not None
    trading.file.write_text("")
    assert [name for name, _ in await trading.looks(3)] == ["configured"]
    assert trading.settings.trade.drawdown_stop is None


async def test_a_pair_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    trading = Trading(tmp_path)
    trading.trouble = iter([UnknownPair("no pair is called NOPE")])
    trading.file.write_text("universe: {pairs: [NOPE]}\n")
    assert await trading.looks(4) == [("config_refused", "no pair is called NOPE; what was in force stays so")]
    assert trading.settings.trade.drawdown_stop is not None


async def test_where_the_venue_does_not_answer_a_change_waits_until_it_does(tmp_path: Path) -> None:
    trading = Trading(tmp_path)
    trading.trouble = iter([VenueUnreachable("no answer"), VenueUnreachable("no answer")])
    trading.file.write_text("trade: {drawdown_stop: 0.25}\n")
    assert await trading.looks(3) == []
    assert [name for name, _ in await trading.looks(3)] == ["configured"]
    assert str(trading.settings.trade.drawdown_stop) == "0.25"
