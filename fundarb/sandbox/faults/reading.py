"""Faults as they are written: a YAML or JSON list of mappings, every mistake named with its place and what is allowed.

- {path: /v5/order/create, fault: timeout, where: after, count: 1}
- {path: "/v5/market/*", fault: html, status: 502, probability: 0.05}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from fundarb.domain.brief import brief
from fundarb.errors import ConfigError, InputFileMissing, Problem
from fundarb.sandbox.faults.rules import Kind, Rule, Where

_OWN = {"ms": (Kind.LATENCY, Kind.SKEW), "status": (Kind.HTML,), "code": (Kind.CODE,), "message": (Kind.CODE,)}
_NEEDED = {Kind.LATENCY: "ms", Kind.SKEW: "ms", Kind.CODE: "code"}
_LONGEST_MS = 24 * 3_600_000
_METHODS = ("GET", "POST")


def read_rules(path: Path) -> tuple[Rule, ...]:
    """The faults of a file."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputFileMissing(f"--faults {path}: there is no such file") from None
    except OSError as error:
        raise InputFileMissing(f"--faults {path}: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise ConfigError([Problem(str(path), "", f"neither YAML nor JSON: {reason}")]) from None
    return rules_of(document, str(path))


def rules_of(document: Any, where: str) -> tuple[Rule, ...]:
    """The faults of a list, or of a mapping that holds it under `faults`; ConfigError names all that is wrong."""
    listed = document.get("faults") if isinstance(document, Mapping) and set(document) == {"faults"} else document
    if listed is None:
        return ()
    if not isinstance(listed, list):
        raise ConfigError([Problem(where, "", "a list of faults is wanted, each a mapping with `path` and `fault`")])
    problems: list[Problem] = []
    rules: list[Rule] = []
    for number, entry in enumerate(listed, 1):
        wrong, rule = _rule(entry)
        problems += [Problem(where, f"fault {number}{'.' if key else ''}{key}", text) for key, text in wrong]
        rules += [rule] if rule else []
    if problems:
        raise ConfigError(problems)
    return tuple(rules)


def _rule(entry: Any) -> tuple[list[tuple[str, str]], Rule | None]:
    """What is wrong with one entry by key, or the rule it makes."""
    if not isinstance(entry, Mapping):
        return [("", f"a mapping is wanted, not {brief(str(entry))}")], None
    known = [each.name for each in fields(Rule)]
    wrong = [(str(key), _unknown(str(key), known)) for key in entry if key not in known]
    wrong += [(key, "is missing") for key in ("path", "fault") if key not in entry]
    wrong += [(key, said) for key, check in _CHECKS.items() if key in entry and (said := check(entry[key]))]
    if wrong:
        return wrong, None
    kind = Kind(entry["fault"])
    wrong = list(_misplaced(kind, entry))
    name = entry.get("name") or f"{kind} {entry['path']}"
    converted = {**entry, "fault": kind, "where": Where(entry.get("where", Where.BEFORE)), "name": name}
    return wrong, None if wrong else Rule(**converted)


def _misplaced(kind: Kind, entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Keys that this kind needs, and those that only others have."""
    wrong = [(key, f"has no meaning for {kind}") for key, kinds in _OWN.items() if key in entry and kind not in kinds]
    needed = _NEEDED.get(kind)
    if needed and needed not in entry:
        wrong.append((needed, f"is missing; {kind} needs it"))
    if kind is Kind.LATENCY and entry.get("ms", 0) < 0:
        wrong.append(("ms", "a latency is not negative"))
    if kind is Kind.SKEW and entry.get("where", Where.BEFORE) != Where.BEFORE:
        wrong.append(("where", "a wrong clock is wrong `before` processing; leave it out"))
    return wrong


def _unknown(key: str, known: list[str]) -> str:
    near = get_close_matches(key, known, 1)
    return f"no such key; did you mean {near[0]}?" if near else f"no such key; allowed: {', '.join(known)}"


def _whole(least: int, most: int) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        fits = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        return "" if fits else f"a whole number from {least} to {most} is wanted, not {brief(str(value))}"

    return check


def _one_of(choices: tuple[str, ...]) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        return "" if value in choices else f"{brief(str(value))} is none of {', '.join(choices)}"

    return check


def _text(value: Any) -> str:
    return "" if isinstance(value, str) else f"text is wanted, not {brief(str(value))}"


def _path(value: Any) -> str:
    fits = isinstance(value, str) and value.startswith(("/", "*"))
    return "" if fits else f"a path such as /v5/order/create or /v5/market/* is wanted, not {brief(str(value))}"


def _share(value: Any) -> str:
    fits = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1
    return "" if fits else f"a number above 0 and up to 1 is wanted, not {brief(str(value))}"


def _or_none(check: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda value: "" if value is None else check(value)


_CHECKS: dict[str, Callable[[Any], str]] = {
    "path": _path,
    "fault": _one_of(tuple(Kind)),
    "where": _one_of(tuple(Where)),
    "method": _or_none(_one_of(_METHODS)),
    "name": _text,
    "after": _whole(0, 10**9),
    "count": _or_none(_whole(1, 10**9)),
    "probability": _share,
    "ms": _whole(-_LONGEST_MS, _LONGEST_MS),
    "status": _whole(200, 599),
    "code": _whole(1, 10**9),
    "message": _text,
}
