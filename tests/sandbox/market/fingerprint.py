"""Prints the fingerprint of the tests' market, for a process of its own."""

from __future__ import annotations

import sys

from tests.sandbox.market.test_determinism import fingerprint
from tests.sandbox.market.worlds import fresh

if __name__ == "__main__":
    sys.stdout.write(fingerprint(fresh()))
