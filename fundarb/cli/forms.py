"""The forms of an answer and of the log."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """How an answer is written on stdout."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"


class LogFormat(StrEnum):
    """How lines on stderr and in the log file are written."""

    CONSOLE = "console"
    JSON = "json"
