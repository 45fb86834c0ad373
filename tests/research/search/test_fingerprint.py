"""Two programs compute alike only where their sources and the libraries under them are the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import fundarb
from fundarb.adapters.cluster import differing
from fundarb.research.search.fingerprint import LIBRARIES, code_digest, fingerprint


def test_it_names_the_program_its_sources_and_what_computes_for_it() -> None:
    found = fingerprint()
    assert list(found) == ["fundarb", "code", "python", *LIBRARIES]
    assert found == fingerprint()
    assert differing("a", found) == ""


def test_an_edit_of_any_source_is_another_code_wherever_the_package_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = code_digest()
    copy = tmp_path / "fundarb"
    shutil.copytree(Path(fundarb.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(fundarb, "__file__", str(copy / "__init__.py"))
    assert code_digest() == here
    (copy / "accounting/fees.py").write_bytes((copy / "accounting/fees.py").read_bytes() + b"#")
    assert code_digest() != here


def test_what_differs_is_named_and_nothing_else() -> None:
    other = {**fingerprint(), "code": "0123", "numba": None}
    own = fingerprint()
    assert differing("w1", other) == f"w1 has code 0123 (here {own['code']}), numba missing (here {own['numba']})"
    assert differing("w2", {"fundarb": None}) == "w2 has no fundarb, or one without a fingerprint"
