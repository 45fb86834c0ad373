"""The exchange keys: from the environment or from a ./.env that only its owner can read, and never shown again."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from fundarb.errors import ConfigError, Problem

KEY_NAMES = ("FUNDARB_API_KEY", "FUNDARB_API_SECRET")
ENV_FILE = ".env"
_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*")
_PRINTABLE = re.compile(r"[!-~]+")


class Keys:
    """A key and its secret; printing, formatting or comparing them by eye shows nothing."""

    __slots__ = ("_key", "_secret")

    def __init__(self, key: str, secret: str) -> None:
        self._key, self._secret = key, secret

    def reveal(self) -> tuple[str, str]:
        """(key, secret), for the adapter that signs."""
        return self._key, self._secret

    def __repr__(self) -> str:
        return "Keys(***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("keys are not written anywhere")


def read_keys(environ: Mapping[str, str], directory: Path) -> Keys | None:
    """The keys, each from the environment or else from `directory`/.env; None where there is neither."""
    found = {
        name: (environ[name].strip(), f"environment {name}") for name in KEY_NAMES if environ.get(name, "").strip()
    }
    if len(found) < len(KEY_NAMES):
        found = _read_env_file(directory / ENV_FILE) | found
    if not found:
        return None
    for name in KEY_NAMES:
        if name not in found:
            raise ConfigError(f"{name} is missing while {next(iter(found))} is set; set both, or neither")
        value, where = found[name]
        if not _PRINTABLE.fullmatch(value):
            raise ConfigError([Problem(where, name, "holds a space or a character no key has; copy it again")])
    return Keys(*(found[name][0] for name in KEY_NAMES))


def require_keys(environ: Mapping[str, str], directory: Path) -> Keys:
    """As `read_keys`, where there is no going on without."""
    keys = read_keys(environ, directory)
    if keys is None:
        raise ConfigError(
            f"no keys: set {KEY_NAMES[0]} and {KEY_NAMES[1]} in the environment, or in {directory / ENV_FILE} "
            "(chmod 600; `fundarb init` writes a .env.example)"
        )
    return keys


def _read_env_file(path: Path) -> dict[str, tuple[str, str]]:
    """The keys of a .env with where they stand; other names in it are nobody's business."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError([Problem(str(path), "", f"cannot be read: {error.strerror}")]) from None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise ConfigError([Problem(str(path), "", "is no file; remove it, or write the keys into a file of that name")])
    with os.fdopen(descriptor, "rb") as file:
        found = _keys_of(path, file.read())
    if found:
        _check_owner_only(path, status)
    return found


def _keys_of(path: Path, content: bytes) -> dict[str, tuple[str, str]]:
    found = {}
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
        match = _LINE.fullmatch(line)
        if match and match[1] in KEY_NAMES and _unquoted(match[2]):
            found[match[1]] = (_unquoted(match[2]), f"{path}:{number}")
    return found


def _unquoted(value: str) -> str:
    """The value without its quotes, or without a comment behind it."""
    if value[:1] in ("'", '"'):
        inner, closed, _ = value[1:].partition(value[0])
        return inner if closed else value
    return re.split(r"\s+#|^#", value, maxsplit=1)[0].strip()


def _check_owner_only(path: Path, status: os.stat_result) -> None:
    """Refuse a file of keys that anyone but its owner could have read or written."""
    mode = stat.S_IMODE(status.st_mode)
    if mode != 0o600:
        raise ConfigError(
            [Problem(str(path), "", f"holds keys and has mode {mode:04o}; allowed: 0600; run `chmod 600 {path}`")]
        )
    if status.st_uid != os.geteuid():
        raise ConfigError(
            [Problem(str(path), "", "holds keys and belongs to another user; allowed: a file of your own")]
        )
