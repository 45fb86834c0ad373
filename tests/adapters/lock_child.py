"""A process that holds a lock of a database until it is told to stop."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fundarb.adapters.sqlite.locks import hold

ROOT = Path(__file__).parents[2]


@contextmanager
def holding(database: Path, *kinds: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds these locks for the block."""
    command = [sys.executable, "-m", "tests.adapters.lock_child", str(database), *kinds]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        yield child
        child.stdin.close()


if __name__ == "__main__":
    with hold(Path(sys.argv[1]), sys.argv[2:]):  # type: ignore[arg-type]  # kinds as they were typed
        sys.stdout.write("held\n")
        sys.stdout.flush()
        sys.stdin.read()
