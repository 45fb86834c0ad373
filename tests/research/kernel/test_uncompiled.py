"""The kernel as plain Python comes to what it comes to compiled: nothing in it means something else to numba."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.research.kernel.small_runs import MODES, small_runs

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.slow
def test_plain_python_and_compiled_code_agree() -> None:
    environ = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-m", "tests.research.kernel.small_runs"]
    told = subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, check=True)
    plain, compiled = json.loads(told.stdout), small_runs()
    assert plain["compiled"] is False
    assert compiled["compiled"] is True
    for mode in MODES:
        for name, values in compiled[mode].items():
            np.testing.assert_allclose(np.array(plain[mode][name], dtype=float), values, rtol=1e-9, atol=1e-10)
        assert sum(row[0] for row in compiled[mode]["counts"]) > 1, mode
