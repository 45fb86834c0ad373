"""The database file: whole, private, of this program's schema; and who holds its locks, which is no fault of anybody's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fundarb.engine.checks.finding import Finding, well, wrong
from fundarb.errors import DatabaseCorrupt, SchemaMismatch

DATABASE, SCHEMA, LOCKS = "database", "schema", "locks"
_SHOWN = 3


def judge_integrity(name: str, damage: Sequence[str], *, open_to_others: bool) -> Finding:
    """What SQLite says of every page; a file others may read is told, since what was traded is nobody's business."""
    if damage:
        said = "; ".join(damage[:_SHOWN])
        return wrong(
            DATABASE, f"{name} is damaged: {said}", "restore the newest `fundarb data backup`", DatabaseCorrupt
        )
    if open_to_others:
        return well(DATABASE, f"{name} is whole, and others may read it", f"chmod 600 {name}")
    return well(DATABASE, f"{name} is whole")


def judge_schema(found: int, known: int) -> Finding:
    """Ours, older, or newer."""
    if found == known:
        return well(SCHEMA, f"schema {found}")
    age, remedy = ("older", "`fundarb data migrate` backs it up and brings it up to date")
    if found > known:
        age, remedy = ("newer", "install the fundarb that wrote it, or later")
    return wrong(SCHEMA, f"schema {found} is {age} than this program's {known}", remedy, SchemaMismatch)


def judge_locks(holders: Mapping[str, object | None]) -> Finding:
    """Who holds which."""
    return well(LOCKS, ", ".join(f"{kind}: {held or 'free'}" for kind, held in holders.items()))
