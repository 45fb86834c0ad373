"""What a check found: well, wrong with the kind of its failure, or not to be asked here. `next` is what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fundarb.errors import FundarbError


@dataclass(frozen=True, slots=True)
class Finding:
    """One check; `ok` None where it could not be asked. Well with a `next` is advice."""

    check: str
    ok: bool | None
    detail: str
    next: str | None = None
    kind: type[FundarbError] = FundarbError

    def error(self) -> FundarbError:
        """As the error it is where one goes no further."""
        return self.kind(f"{self.check}: {self.detail}" + (f"; {self.next}" if self.next else ""))


def well(check: str, detail: str, advice: str | None = None) -> Finding:
    """Nothing stands in the way."""
    return Finding(check, True, detail, advice)


def wrong(check: str, detail: str, remedy: str, kind: type[FundarbError]) -> Finding:
    """Something does."""
    return Finding(check, False, detail, remedy, kind)


def unasked(check: str, why: str, remedy: str | None = None) -> Finding:
    """It could not be asked."""
    return Finding(check, None, why, remedy)


def broken(check: str, error: FundarbError) -> Finding:
    """Asking itself failed; the message carries its own next step, where there is one, behind the last semicolon."""
    detail, _, remedy = str(error).rpartition("; ")
    return Finding(check, False, detail or remedy, remedy if detail else None, type(error))


def failures(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that are wrong, in their order."""
    return tuple(found for found in findings if found.ok is False)


def exit_code(findings: Iterable[Finding]) -> int:
    """The code of the first that is wrong: checks stand in the order in which one rests on another."""
    return next((found.kind.exit_code for found in failures(findings)), 0)
