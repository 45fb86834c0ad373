"""Canaries: no message, row, warning or representation ever repeats a secret."""

from __future__ import annotations

import traceback

import pytest

from fundarb.config import resolve
from fundarb.errors import ConfigError
from tests.config.asking import DATABASE, refused, resolved, value

CANARY = "canary-4711-XyZ"


@pytest.mark.parametrize(
    "text",
    [
        f"api_key: {CANARY}",
        f"venue: {{apiKey: {CANARY}}}",
        f"venue:\n  secret: '{CANARY}'",
        f"exchange: {{bybit: [{{name: x, api-secret: {CANARY}}}]}}",
        f"venue.password: {CANARY}",
        f"FUNDARB_API_SECRET: {CANARY}",
        f"passphrase: [{CANARY}]",
        f"token: &t {CANARY}\ncapital: *t",
        f"notify: {{webhook: {{token: {CANARY}}}}}",
    ],
)
def test_a_secret_in_yaml_is_refused_and_not_printed(text: str) -> None:
    lines = refused(text)
    assert any("a secret does not belong" in line or "a mapping is no value" in line for line in lines)
    if "&t" not in text:
        assert CANARY not in "\n".join(lines)


@pytest.mark.parametrize("path", ["FUNDARB_API_KEY", "venue.api_key", "api.secret", "venue.apikey", "venue.api-key"])
def test_a_secret_by_set_is_refused_and_not_printed(path: str) -> None:
    (line,) = refused(sets=[f"{path}={CANARY}"])
    assert "FUNDARB_API_KEY and FUNDARB_API_SECRET into the environment" in line
    assert CANARY not in line


@pytest.mark.parametrize("name", ["FUNDARB__API_KEY", "FUNDARB__VENUE__SECRET", "fundarb__venue__password"])
def test_a_secret_by_environment_settings_is_refused_and_not_printed(name: str) -> None:
    (line,) = refused(env={name: CANARY})
    assert name in line
    assert CANARY not in line


@pytest.mark.parametrize(
    "text",
    [
        f"password: !{CANARY} x",
        f"password: *{CANARY}",
        f"capital: !{CANARY} 5",
        f"a: '{CANARY}",
        f"a: {{b: {CANARY}",
        f"{CANARY}",
    ],
)
def test_what_yaml_stumbles_over_is_not_repeated(text: str) -> None:
    assert CANARY not in "\n".join(refused(text))


def test_a_coin_called_token_or_secret_is_a_pair_all_the_same() -> None:
    found = resolved("costs: {pairs: {TOKENUSDT: {fee_spot: 0}, SECRET: {fee_spot: 0}}}", sets=["universe.pairs=TOKEN"])
    assert set(found.settings.costs.pairs) == {"TOKENUSDT", "SECRET"}


@pytest.mark.parametrize("path", ["notify.webhook", "notify.apprise"])
def test_an_address_that_is_a_secret_shows_as_stars_wherever_it_is_shown(path: str) -> None:
    found = resolved(sets=[f"{path}=https://hooks.example/{CANARY}"])
    assert value(found, path) == "***"
    shown = [
        str(found.rows()),
        repr(found),
        str(found.settings),
        str(found.settings.model_dump()),
        str(found.settings.flat()),
    ]
    assert CANARY not in " ".join(shown)
    assert CANARY not in found.settings.model_dump_json()


@pytest.mark.parametrize("path", ["notify.webhook", "notify.apprise", "venue.url"])
@pytest.mark.parametrize("written", [CANARY, f"[{CANARY}", f"ftp:{CANARY}", f"a, {CANARY}"])
def test_a_bad_address_is_not_repeated(path: str, written: str) -> None:
    (line,) = refused(sets=[f"{path}={written}"])
    assert CANARY not in line


@pytest.mark.parametrize("tail", [f"?token={CANARY}", f"#{CANARY}", "?", f"/v5?a=1#{CANARY}"])
def test_a_venue_address_carries_no_query_which_would_be_shown(tail: str) -> None:
    (line,) = refused(sets=[f"venue.url=https://x.example{tail}"])
    assert line.startswith("--set: venue.url: the value carries a query or a fragment")
    assert CANARY not in line


@pytest.mark.parametrize(
    "sets",
    [f"notify.webhook:https://x.example/{CANARY}?a=1", f"https://x.example/?token={CANARY}", f"{CANARY} {CANARY}=1"],
)
def test_an_address_where_a_path_belongs_is_not_repeated(sets: str) -> None:
    (line,) = refused(sets=[sets])
    assert line.startswith("--set: (something): ")
    assert CANARY not in line


def test_a_set_without_equals_is_not_repeated() -> None:
    assert CANARY not in refused(sets=[CANARY])[0]


def test_a_key_pasted_where_a_number_belongs_is_recognised() -> None:
    (line,) = refused(env={"FUNDARB_API_SECRET": CANARY}, sets=[f"capital={CANARY}"])
    assert line == "--set: capital: *** is not a number; allowed: a number above 0"


def test_no_traceback_carries_the_raw_configuration() -> None:
    with pytest.raises(ConfigError) as caught:
        resolve([], {}, ["notify.webhook=" + CANARY, "capital=x"], {}, DATABASE)
    shown = "".join(traceback.format_exception(caught.value))
    assert "is not a number" in shown
    assert CANARY not in shown
