"""The whole memory of an account as one value, and that value as JSON: exact, and the same bytes for the same state."""

from __future__ import annotations

import types
from dataclasses import dataclass, field, fields, is_dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from fundarb.sandbox.account.records import Entry, Execution, Knobs, Order, Position, Scheduled, Transfer


@dataclass(slots=True)
class State:
    """Everything that changes; `now_ms` is the venue time up to which all that was due has happened."""

    now_ms: int
    margin_mode: str
    knobs: Knobs
    counter: int = 0
    hedged_by_default: bool = False
    trading: dict[str, Decimal] = field(default_factory=dict)  # the unified account, by coin
    funding: dict[str, Decimal] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)  # by id, in the order they came
    executions: list[Execution] = field(default_factory=list)
    log: list[Entry] = field(default_factory=list)
    positions: dict[str, Position] = field(default_factory=dict)  # by "symbol:idx", flat ones too
    leverages: dict[str, Decimal] = field(default_factory=dict)
    hedged: dict[str, bool] = field(default_factory=dict)
    transfers: list[Transfer] = field(default_factory=list)
    scheduled: list[Scheduled] = field(default_factory=list)
    margin_changed_ms: int = 0


def encoded(value: Any) -> Any:
    """JSON for a value made of dataclasses, dicts, lists, decimals and plain values."""
    kind: Any = type(value)
    if kind is Decimal:
        return str(value)
    if kind in (str, int, bool) or value is None:
        return value
    if kind is dict:
        return {key: encoded(each) for key, each in value.items()}
    if kind is list:
        return [encoded(each) for each in value]
    return {name: encoded(getattr(value, name)) for name in _names(kind)}


def decoded(kind: Any, raw: Any) -> Any:
    """The value of a kind from its JSON."""
    if isinstance(kind, type) and is_dataclass(kind):
        return kind(**{name: decoded(of, raw[name]) for name, of in _hints(kind).items()})
    origin = get_origin(kind)
    if origin is dict:
        return {key: decoded(get_args(kind)[1], each) for key, each in raw.items()}
    if origin is list:
        return [decoded(get_args(kind)[0], each) for each in raw]
    if origin in (Union, types.UnionType):
        return None if raw is None else decoded(next(of for of in get_args(kind) if of is not type(None)), raw)
    if origin is Literal:
        return _one_of(get_args(kind), raw)
    return Decimal(raw) if kind is Decimal else kind(raw)


def _one_of(choices: tuple[Any, ...], raw: Any) -> Any:
    """The choice itself; a word that is none of them was not written by this exchange."""
    if raw not in choices:
        raise ValueError(f"state holds {raw!r} where one of {', '.join(map(repr, choices))} belongs")
    return raw


@cache
def _names(kind: Any) -> tuple[str, ...]:
    """The fields of a dataclass."""
    return tuple(each.name for each in fields(kind))


@cache
def _hints(kind: Any) -> dict[str, Any]:
    """The field types of a dataclass."""
    hints = get_type_hints(kind)
    return {each.name: hints[each.name] for each in fields(kind)}
