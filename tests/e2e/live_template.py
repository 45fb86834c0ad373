"""Worlds made from a template, an exchange and a trader that have traded once: each is a copy of its own, so that nothing
depends on what was tried before it, in which company or in which order."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fundarb.domain.instants import parse_instant
from tests.e2e.live_audit import API, Venue
from tests.e2e.live_points import Before
from tests.e2e.live_world import SOON_MS, START, World
from tests.sandbox.running import forked_sandbox

STATE, TRADER, LISTINGS = "venue.json", "trader", "data/*-markets.json"
SANDBOX = f"--pairs 3 --start {START} --speed step --limit 0 --api-key {API[0]} --api-secret {API[1]}".split()


@dataclass(frozen=True, slots=True)
class Template:
    """Folders with what an exchange and a trader remember: of one that holds the pair, and of one that is flat again."""

    folder: Path
    seed: int

    @contextmanager
    def world(self, before: Before) -> Iterator[World]:
        """A copy that lives for the block."""
        rested = self.folder / ("flat" if before is Before.FLAT else "held")
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            copy = shutil.copytree(rested, Path(name) / "world")
            with _living(copy, self.seed) as here:
                yield here


def template(folder: Path, seed: int) -> Template:
    """Both, made in this folder by trading."""
    held, flat = folder / "held", folder / "flat"
    (held / TRADER).mkdir(parents=True)
    with _living(held, seed) as here:
        here.must(*here.trading())
    _forget_listings(held)
    shutil.copytree(held, flat)
    with _living(flat, seed) as here:
        here.venue.pass_time(SOON_MS)
        here.must(*here.trading("--flatten-on-exit"))
    _forget_listings(flat)
    return Template(folder, seed)


def _forget_listings(folder: Path) -> None:
    """They belong to an address, which another world may be given by chance."""
    for path in (folder / TRADER).glob(LISTINGS):
        path.unlink()


@contextmanager
def _living(folder: Path, seed: int) -> Iterator[World]:
    """The exchange of a folder as a process, and whoever trades there."""
    with forked_sandbox(*SANDBOX, "--seed", str(seed), "--state", folder / STATE) as url:
        yield World(url, folder / TRADER, Venue(url, parse_instant(START)))
