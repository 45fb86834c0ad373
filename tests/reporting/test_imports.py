"""What only a band or an explanation needs is not imported by every command that opens the store."""

from __future__ import annotations

import subprocess
import sys

from tests.cli.processes import environment

PROBE = "import sys, fundarb.bootstrap; print(*{'scipy', 'plotext', 'rich'} & set(sys.modules))"


def test_opening_the_store_imports_neither_scipy_nor_plots() -> None:
    argv = [sys.executable, "-c", PROBE]
    done = subprocess.run(argv, env=environment(), capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "\n"
