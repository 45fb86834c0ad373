"""Every number has bounds, every choice its words, and values that do not go together are refused."""

from __future__ import annotations

import re

import pytest
from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel

from fundarb.config import Settings
from fundarb.config.schema import leaves
from fundarb.config.settings import SCHEMA
from tests.config.asking import refused, resolved

BAD = {
    "capital": ("0", "-1"),
    "strategy.simple.entry": ("1.01", "-1.01", "3"),
    "strategy.simple.exit": ("1.01", "-1.01"),
    "strategy.simple.min_consecutive": ("0", "-1", "1001"),
    "strategy.composite.enter": ("-0.01", "1.01"),
    "strategy.composite.exit": ("-0.01", "1.01"),
    "strategy.composite.weights.carry": ("0", "-1"),
    "strategy.composite.weights.trend": ("-0.01",),
    "strategy.composite.weights.persistence": ("-0.01",),
    "strategy.composite.weights.stability": ("-0.01",),
    "strategy.composite.weights.basis": ("-0.01",),
    "strategy.composite.weights.volume": ("-0.01",),
    "strategy.band.enter": ("2",),
    "strategy.band.exit": ("-2",),
    "strategy.min_hold_h": ("-1", "100000"),
    "strategy.exit_after_h": ("-1", "100000"),
    "sizing.size_usd": ("0", "-1"),
    "sizing.size_min": ("-1",),
    "sizing.size_max": ("0",),
    "sizing.c_min": ("-0.1", "1.1"),
    "sizing.c_max": ("-0.1", "1.1"),
    "sizing.drawdown_start": ("-0.1", "1.1"),
    "sizing.drawdown_stop": ("-0.1", "1.1"),
    "sizing.rho": ("-0.1", "1.1"),
    "risk.max_positions": ("-1",),
    "risk.max_portfolio": ("-0.1", "1.1"),
    "risk.pair_cap": ("-1",),
    "risk.min_free_cash": ("-0.1", "1.1"),
    "risk.max_break_even_h": ("-1",),
    "risk.min_volume": ("-1",),
    "risk.venue_cap": ("-0.1", "1.1"),
    "margin.leverage": ("0", "-2", "1001"),
    "margin.mmr": ("-0.1", "1"),
    "margin.guard": ("-0.1", "20"),
    "costs.fee_spot": ("-0.0001", "0.11"),
    "costs.fee_perp": ("-0.0001", "0.11"),
    "costs.slippage_bps": ("-1", "10000"),
    "costs.delist_haircut": ("-0.1", "1.1"),
    "costs.idle_apr": ("-0.1", "11"),
    "costs.impact_k": ("-1",),
    "costs.pairs.BTC.slippage_bps": ("-1", "10000"),
    "costs.pairs.BTC.fee_spot": ("-0.0001", "0.11"),
    "costs.pairs.BTC.fee_perp": ("-0.0001", "0.11"),
    "fetch.days": ("0", "4000"),
    "fetch.concurrency": ("0", "65"),
    "backtest.delay": ("60m", "1h"),
    "trade.poll": ("100ms", "9h"),
    "trade.reconcile_every": ("500ms", "2d"),
    "trade.max_skew_ms": ("0", "70000"),
    "trade.max_spread_bps": ("0", "10000"),
    "trade.drawdown_stop": ("0", "1.1"),
    "trade.daily_loss": ("0", "1.1"),
    "trade.flatten_margin": ("0", "1.1"),
}
BAD_WORDS = {
    "strategy.mode": ("compsite", "did you mean composite?"),
    "sizing.mode": ("fix", "did you mean fixed?"),
    "margin.mode": ("Isolated", "did you mean isolated?"),
    "margin.liq_loss": ("some", "one of all, returned"),
    "costs.spot_fee_in": ("usdt", "one of base, quote"),
    "backtest.spot_source": ("mark", "one of spot, perp"),
    "venue.environment": ("main", "one of mainnet, testnet, demo"),
    "venue.id": ("By Bit", "a ccxt exchange id"),
    "venue.url": ("sandbox", "an https address"),
    "fetch.interval": ("7m", "one of 1m, 3m, 5m"),
    "fetch.kinds": ("funding, candels", "'candels' is no kind of data"),
    "notify.events": ("opened, exploded", "'exploded' is no event"),
    "notify.webhook": ("ftp://x", "an http(s) address"),
    "universe.pairs": ("BTC//USDT", "'BTC//USDT' is not written like a pair"),
    "universe.exclude": ("BTC, ETH, BTC", "BTC is named twice"),
}


@pytest.mark.parametrize(("path", "text"), [(path, text) for path, texts in BAD.items() for text in texts])
def test_refuses_numbers_out_of_bounds_with_the_bounds(path: str, text: str) -> None:
    (line,) = refused(sets=[f"{path}={text}"])
    assert re.fullmatch(rf"--set: {re.escape(path)}: {re.escape(text)} is out of bounds; allowed: .*\d.*", line)


@pytest.mark.parametrize(("path", "bad"), BAD_WORDS.items())
def test_refuses_words_that_are_no_choice_with_the_choices(path: str, bad: tuple[str, str]) -> None:
    (line,) = refused(sets=[f"{path}={bad[0]}"])
    assert line.startswith(f"--set: {path}: ")
    assert bad[1] in line


def test_no_number_is_without_a_bound() -> None:
    def bounded(model: type[BaseModel], prefix: str) -> set[str]:
        found = set()
        for name, info in model.model_fields.items():
            if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
                found |= bounded(info.annotation, f"{prefix}{name}.")
            elif any(isinstance(item, Ge | Gt | Le | Lt) for item in info.metadata):
                found.add(prefix + name)
        return found

    numbers = {leaf.path for leaf in leaves(SCHEMA) if "number" in leaf.reading.noun or "duration" in leaf.reading.noun}
    assert numbers == bounded(Settings, "")
    assert numbers <= set(BAD), "every bound has a value that breaks it"


@pytest.mark.parametrize(
    ("sets", "line"),
    [
        (
            ["strategy.simple.exit=0.0003"],
            "strategy.simple.exit: exit 0.0003 is not below entry 0.0003; allowed: exit below entry",
        ),
        (
            ["strategy.simple.entry=0.00009"],
            "strategy.simple.entry: exit 0.0001 is not below entry 0.00009; allowed: exit below entry",
        ),
        (
            ["strategy.band.enter=0.0002", "strategy.band.exit=0.0002"],
            "strategy.band.exit: exit 0.0002 is not below enter 0.0002; allowed: exit below enter",
        ),
        (
            ["sizing.size_max=199"],
            "sizing.size_max: size_min 200 is above size_max 199; allowed: size_min at most size_max",
        ),
        (["sizing.c_min=0.8"], "sizing.c_min: c_min 0.8 is not below c_max 0.8; allowed: c_min below c_max"),
        (
            ["sizing.drawdown_start=0.5"],
            "sizing.drawdown_start: drawdown_start 0.5 is not below drawdown_stop 0.1; "
            "allowed: drawdown_start below drawdown_stop",
        ),
        (
            ["margin.mode=cross"],
            "margin.mode: cross needs margin.tiers; allowed: isolated, none, or cross with tiers",
        ),
        (
            ["margin.mode=cross", "margin.tiers=[]"],
            "margin.mode: cross needs margin.tiers; allowed: isolated, none, or cross with tiers",
        ),
    ],
)
def test_refuses_values_that_do_not_go_together(sets: list[str], line: str) -> None:
    assert refused(sets=sets) == [f"--set: {line}"]


@pytest.mark.parametrize(
    "sets",
    [
        ["strategy.band.enter=0.0002"],
        ["strategy.band.exit=0.9"],
        ["sizing.size_min=2000"],
        ["strategy.simple.exit=-1"],
        ["margin.mode=cross", "margin.tiers=1000:1"],
        ["strategy.composite.exit=0.9"],
    ],
)
def test_accepts_what_is_only_unusual(sets: list[str]) -> None:
    resolved(sets=sets)


@pytest.mark.parametrize(
    "url",
    ["https://api.example.com", "http://127.0.0.1:8080", "http://localhost", "http://[::1]:9", "http://localhost:1/"],
)
def test_a_venue_may_be_anywhere_by_https_and_here_by_http(url: str) -> None:
    assert resolved(sets=[f"venue.url={url}"]).settings.venue.url == url.rstrip("/")


@pytest.mark.parametrize(
    "url", ["http://api.example.com", "https://", "https://a b", "https://user:pw@x.com", "https://x:99999"]
)
def test_a_venue_is_never_asked_in_the_clear_or_by_a_password(url: str) -> None:
    (line,) = refused(sets=[f"venue.url={url}"])
    assert url not in line
