"""What every parameter class is: frozen, closed to unknown keys, read from text and never through a float.

A `Reading` is the contract of one parameter: how its text becomes a value, how the value becomes canonical text again,
and what a person may write. The bounds stand in the field itself (`Field(ge=…)`), the meaning in its description."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from fundarb.domain import instants, money

NULLS = frozenset({"", "~", "null"})
CROSSED = "crossed"
_UNITS = {"d": instants.DAY, "h": instants.HOUR, "m": instants.MINUTE, "s": instants.SECOND, "ms": 1}


class Parameters(BaseModel):
    """The base of all parameter classes."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True)


class Null(Enum):
    """What a written null says: nothing (refused), something of its own, the same as 0 (off), or the empty list."""

    REFUSED = "refused"
    MEANS = "means"
    OFF = "off"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Reading:
    """How one parameter is read, written and described; `quiet` values are never repeated in a message."""

    noun: str
    parse: Callable[[str], Any]
    write_one: Callable[[Any], str]
    null: Null = Null.REFUSED
    many: bool = False
    quiet: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.read, handler(source))

    def read(self, raw: object) -> object:
        """The value `raw` stands for; a value that is typed already passes, a float never does."""
        if raw is None or (isinstance(raw, str) and raw.strip() in NULLS):
            return self._read_null()
        if self.many:
            return tuple(self._read_one(item) for item in _items(raw))
        value = self._read_one(raw)
        return None if self.null is Null.OFF and value == 0 else value

    def write(self, value: Any) -> str | None:
        """Canonical text: what `read` takes back to the same value; None is null."""
        if self.many and value is not None:
            return f"[{', '.join(map(self.write_one, value))}]"
        if value is None:
            return "0" if self.null is Null.OFF else None
        return self.write_one(value)

    def _read_null(self) -> object:
        if self.null is Null.REFUSED:
            raise refusal("is refused")
        return () if self.null is Null.EMPTY else None

    def _read_one(self, raw: object) -> object:
        if isinstance(raw, float):
            raise refusal("a float is not exact: give text or a Decimal")
        if isinstance(raw, list | tuple | dict) and not hasattr(raw, "_fields"):
            raise refusal("is a list where one value is wanted")
        if not isinstance(raw, str):
            return raw
        try:
            return self.parse(raw.strip())
        except ValueError as error:
            raise refusal(str(error)) from None


def refusal(words: str) -> PydanticCustomError:
    """The error of a value that cannot be read; `words` go to the person as they are."""
    return PydanticCustomError("refused", "{words}", {"words": words})


def crossing(words: str, *fields: str) -> PydanticCustomError:
    """The error of values that do not go together; `fields` are theirs, the one most to blame first."""
    return PydanticCustomError(CROSSED, "{words}", {"words": words, "fields": fields})


def _items(raw: object) -> tuple[object, ...]:
    """The items of `[a, b]`, `a,b` or of a list."""
    if not isinstance(raw, str):
        return tuple(raw) if isinstance(raw, list | tuple) else (raw,)
    inner = raw.strip()
    if inner.startswith("[") and inner.endswith("]"):
        inner = inner[1:-1]
    if not inner.strip():
        return ()
    return tuple(item.strip().strip("\"'") for item in inner.split(","))


def read_number(text: str) -> Decimal:
    """An exact number, without NaN and infinities."""
    try:
        return money.parse(text)
    except ValueError as error:
        raise ValueError(
            "is not a number" if str(error).startswith("not a number") else "has too many digits"
        ) from None


def read_whole(text: str) -> int:
    """A whole number; 5.0 is 5."""
    number = read_number(text)
    if number != number.to_integral_value():
        raise ValueError("is not a whole number")
    return int(number)


def read_flag(text: str) -> bool:
    """true or false, and nothing else."""
    if text not in ("true", "false"):
        raise ValueError("is neither true nor false")
    return text == "true"


def read_duration(text: str) -> int:
    """Milliseconds of `10s`, `8h`, `90d`."""
    try:
        return instants.parse_duration(text)
    except (ValueError, OverflowError):
        raise ValueError("is not a duration") from None


def write_duration(value_ms: int) -> str:
    """The duration in the largest unit that divides it."""
    if not value_ms:
        return "0s"
    unit = next(name for name, size in _UNITS.items() if value_ms % size == 0)
    return f"{value_ms // _UNITS[unit]}{unit}"


NUMBER = Reading("a number", read_number, money.canonical)
WHOLE = Reading("a whole number", read_whole, str)
FLAG = Reading("true or false", read_flag, lambda value: "true" if value else "false")
DURATION = Reading("a duration such as 10s, 15m, 8h or 90d", read_duration, write_duration)
CHOICE = Reading("one of", str, str)

Number = Annotated[Decimal, NUMBER]
NumberOrNull = Annotated[Decimal | None, replace(NUMBER, null=Null.MEANS)]
NumberOrOff = Annotated[Decimal | None, replace(NUMBER, null=Null.OFF)]
NumberIfGiven = Annotated[Decimal | None, NUMBER]  # absent is None, a written null is refused
Whole = Annotated[int, WHOLE]
WholeOrOff = Annotated[int | None, replace(WHOLE, null=Null.OFF)]
Flag = Annotated[bool, FLAG]
Duration = Annotated[int, DURATION]
