"""Secrets are blanked by the name they go under, by their value, and inside text."""

from __future__ import annotations

import pytest

from fundarb.cli.redaction import BLANK, hide, redact, redact_known, redact_text

CANARY = "canary-5f3a9c"


@pytest.mark.parametrize(
    "text",
    [
        f"GET /v5/order?symbol=BTCUSDT&sign={CANARY}&timestamp=1",
        f"X-BAPI-SIGN: {CANARY}",
        f"X-BAPI-API-KEY: {CANARY}",
        f'{{"apiKey": "{CANARY}", "secret": "{CANARY}"}}',
        f"api_secret={CANARY}",
        f"FUNDARB_API_SECRET='{CANARY}'",
        f"notify.webhook: {CANARY}",
        f"password = {CANARY}",
        f"Authorization: {CANARY}",
        f"notify.apprise=tgram://{CANARY}/1",
        f"notify.apprise: [tgram://1/2, tgram://{CANARY}/1]",
    ],
)
def test_a_value_named_like_a_secret_is_blanked_in_text(text: str) -> None:
    assert CANARY not in redact_text(text)
    assert BLANK in redact_text(text)


@pytest.mark.parametrize("text", ["design=big", "3 signals: BTC", "assigned: yes", "monkey: 1", "keys: 4"])
def test_an_innocent_name_is_left_alone(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize(
    "name", ["api_key", "apiKey", "secret", "FUNDARB_API_SECRET", "sign", "webhook", "X-BAPI-SIGN"]
)
def test_a_field_named_like_a_secret_is_blanked_at_any_depth(name: str) -> None:
    assert redact({"request": {"headers": [{name: CANARY, "n": 1}]}}) == {
        "request": {"headers": [{name: BLANK, "n": 1}]}
    }


def test_a_known_secret_is_blanked_wherever_it_turns_up() -> None:
    hide("hunter2-hunter2")
    assert redact(["x hunter2-hunter2 y", b"hunter2-hunter2", ValueError("hunter2-hunter2")]) == [
        f"x {BLANK} y",
        BLANK,
        BLANK,
    ]


def test_discreet_words_lose_known_secrets_and_nothing_else() -> None:
    hide("hunter2-hunter2")
    assert redact_known("api_key: a secret; sign=1 hunter2-hunter2") == f"api_key: a secret; sign=1 {BLANK}"


def test_a_word_too_short_to_be_a_secret_does_not_eat_the_text() -> None:
    hide("a", "", None)
    assert redact_text("a banana") == "a banana"


def test_numbers_and_none_pass_unchanged() -> None:
    assert redact({"n": 1, "x": 0.5, "ok": True, "none": None}) == {"n": 1, "x": 0.5, "ok": True, "none": None}
