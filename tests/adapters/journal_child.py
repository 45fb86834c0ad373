"""The process that gets killed: writes the script into a database and acknowledges each step once it is committed."""

from __future__ import annotations

import asyncio
import sys
from itertools import count
from pathlib import Path

from fundarb.adapters.sqlite.connection import open_store
from fundarb.adapters.sqlite.journal import SqliteJournal
from tests.adapters.journal_script import perform


async def main(database: Path, first: int) -> None:
    """Until killed."""
    async with open_store(database, "write", durable=True) as connection:
        journal = SqliteJournal(connection)
        for step in count(first):
            await perform(journal, step)
            sys.stdout.write(f"{step}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
