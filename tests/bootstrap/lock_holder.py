"""A process that holds the trade lock under any name, says so, and does nothing else; with `deaf` it ignores TERM, with
`writing` it is in the middle of a transaction."""

from __future__ import annotations

import signal
import sqlite3
import sys
import time
from pathlib import Path

from fundarb.adapters.sqlite.locks import hold

if __name__ == "__main__":
    database, name, manner = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    if manner == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.argv = ["fundarb", name]
    with hold(database, ("trade",)):
        if manner == "writing":
            connection = sqlite3.connect(database, isolation_level=None)
            connection.execute("BEGIN IMMEDIATE")
        sys.stdout.write("held\n")
        sys.stdout.flush()
        time.sleep(600)
