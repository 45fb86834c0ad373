"""Only the gate makes an approved request: held by reading every source file of the package."""

from __future__ import annotations

from pathlib import Path

import pytest

import fundarb
from tests.contract.approvals import constructions

PACKAGE = Path(fundarb.__file__).parent
GATE = PACKAGE / "risk" / "gate.py"


def test_only_the_gate_makes_an_approved_request() -> None:
    sources = sorted(PACKAGE.rglob("*.py"))
    assert PACKAGE / "ports" / "executor.py" in sources
    elsewhere = {
        str(file.relative_to(PACKAGE)): lines
        for file in sources
        if file != GATE and (lines := constructions(file.read_text(encoding="utf-8")))
    }
    assert elsewhere == {}


@pytest.mark.parametrize(
    "source",
    [
        "from fundarb.ports.executor import Approved\nx = Approved(request, qty, ref)",
        "from fundarb.ports.executor import Approved as Passed\nx = Passed(request, qty, ref)",
        "from fundarb.ports import executor\nx = executor.Approved(request, qty, ref)",
        "from fundarb.ports.executor import Approved\nmake = Approved",
        "from fundarb.ports.executor import Approved\nmake: type = Approved",
        "from fundarb.ports.executor import Approved\nif make := Approved: pass",
        "from fundarb.ports.executor import Approved\nx = object.__new__(Approved) or Approved.__new__(Approved)",
        "from fundarb.ports.executor import Approved\nclass Mine(Approved): pass",
        "def enter():\n    return [f(Approved(r, q, p)) for r in rs]",
    ],
)
def test_the_reader_notices_every_way_to_make_one(source: str) -> None:
    assert constructions(source) != []


@pytest.mark.parametrize(
    "source",
    [
        "from fundarb.ports.executor import Approved\ndef enter(approved: Approved) -> Approved: return approved",
        "from fundarb.ports.executor import Approved\nok = isinstance(x, Approved)",
        "class Approved:\n    qty: int",
        "x = Refused(pair, reason)",
    ],
)
def test_the_reader_lets_pass_what_only_speaks_of_it(source: str) -> None:
    assert constructions(source) == []
