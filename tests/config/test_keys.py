"""Keys come from the environment or a ./.env of mode 0600, and show nothing of themselves."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from fundarb.config.keys import KEY_NAMES, Keys, read_keys, require_keys
from fundarb.errors import ConfigError

KEY, SECRET = "canary-key-0815", "canary-secret-4711"
BOTH = dict(zip(KEY_NAMES, (KEY, SECRET), strict=True))


def env_file(directory: Path, text: str, mode: int = 0o600) -> None:
    path = directory / ".env"
    path.write_text(text)
    path.chmod(mode)


def test_the_environment_is_enough(tmp_path: Path) -> None:
    keys = read_keys(BOTH, tmp_path)
    assert keys is not None
    assert keys.reveal() == (KEY, SECRET)


@pytest.mark.parametrize(
    "text",
    [
        f"FUNDARB_API_KEY={KEY}\nFUNDARB_API_SECRET={SECRET}\n",
        f"# mine\nexport FUNDARB_API_KEY='{KEY}'\n OTHER=1\nFUNDARB_API_SECRET = \"{SECRET}\"  # x\n",
        f"FUNDARB_API_KEY={KEY} # read-only\r\nFUNDARB_API_SECRET={SECRET}\r\n",
    ],
)
def test_a_private_env_file_is_read(tmp_path: Path, text: str) -> None:
    env_file(tmp_path, text)
    assert require_keys({}, tmp_path).reveal() == (KEY, SECRET)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    env_file(tmp_path, f"FUNDARB_API_KEY=other\nFUNDARB_API_SECRET={SECRET}\n")
    assert require_keys({"FUNDARB_API_KEY": KEY}, tmp_path).reveal() == (KEY, SECRET)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o700, 0o660, 0o400])
def test_a_file_of_any_other_mode_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    env_file(tmp_path, f"FUNDARB_API_KEY={KEY}\nFUNDARB_API_SECRET={SECRET}\n", mode)
    with pytest.raises(ConfigError, match="chmod 600") as caught:
        read_keys({}, tmp_path)
    assert f"{mode:04o}" in str(caught.value)
    assert "canary" not in str(caught.value)


def test_a_file_without_our_keys_is_nobodys_business(tmp_path: Path) -> None:
    env_file(tmp_path, "DJANGO_SECRET=1\nFUNDARB_API_KEY=\n", 0o644)
    assert read_keys({}, tmp_path) is None


def test_without_keys_the_error_says_where_to_put_them(tmp_path: Path) -> None:
    assert read_keys({}, tmp_path) is None
    with pytest.raises(ConfigError, match="FUNDARB_API_KEY and FUNDARB_API_SECRET") as caught:
        require_keys({}, tmp_path)
    assert caught.value.exit_code == 78


@pytest.mark.parametrize("name", KEY_NAMES)
def test_half_a_pair_is_refused(tmp_path: Path, name: str) -> None:
    other = next(each for each in KEY_NAMES if each != name)
    with pytest.raises(ConfigError, match=f"{name} is missing while {other} is set"):
        read_keys({other: KEY}, tmp_path)


@pytest.mark.parametrize("value", ["canary key", "canary\u200bkey", "canary\x00key", "ключ-canary"])
def test_a_key_with_a_foreign_character_is_refused_and_not_printed(tmp_path: Path, value: str) -> None:
    with pytest.raises(ConfigError, match="copy it again") as caught:
        read_keys({**BOTH, "FUNDARB_API_SECRET": value}, tmp_path)
    assert "canary" not in str(caught.value)


def test_a_directory_called_env_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    with pytest.raises(ConfigError, match="is no file"):
        read_keys({}, tmp_path)


def test_keys_show_nothing() -> None:
    keys = Keys(KEY, SECRET)
    assert "canary" not in f"{keys} {keys!r} {[keys]}"
    with pytest.raises(TypeError, match="not written anywhere"):
        pickle.dumps(keys)
