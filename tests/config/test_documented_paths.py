"""Every path that the command line's contract lists exists, has the documented default and can be set."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from fundarb.config import Settings
from fundarb.config.schema import leaves
from fundarb.config.settings import SCHEMA
from tests.config.asking import origin, resolved, value

DOCUMENTED = """
`capital`; `strategy.mode`, `strategy.simple.{entry,exit,min_consecutive}`,
`strategy.composite.{enter,exit,weights.*,rotate}`, `strategy.band.{enter,exit}` (null: fitted),
`strategy.{min_hold_h,exit_after_h}`;
`sizing.{mode,size_usd,size_min,size_max,c_min,c_max,drawdown_start,drawdown_stop,rho}`;
`risk.{max_positions,max_portfolio,pair_cap,min_free_cash,max_break_even_h,min_volume}`;
`margin.{mode,leverage,mmr,guard,liq_loss}`;
`costs.{fee_spot,fee_perp,slippage_bps,spot_fee_in,delist_haircut,idle_apr}` and
`costs.pairs.SYMBOL.{slippage_bps,fee_spot,fee_perp}`; `backtest.{close_at_end,spot_source,delay}`;
`universe.{pairs,exclude}`; `venue.{id,environment,url}`; `fetch.{days,interval,kinds,concurrency}`;
`trade.{poll,reconcile_every,max_skew_ms,max_spread_bps,drawdown_stop,daily_loss,flatten_margin}`;
`notify.{webhook,apprise,events}`. What semantics does not name is off by default: `risk.venue_cap`, `costs.impact_k`,
`margin.tiers`.
"""
WEIGHTS = ("carry", "persistence", "trend", "stability", "basis", "volume")
DEFAULTS = {
    "capital": "10000",
    "strategy.mode": "simple",
    "strategy.simple.entry": "0.0003",
    "strategy.simple.exit": "0.0001",
    "strategy.simple.min_consecutive": "1",
    "strategy.composite.enter": "0.6",
    "strategy.composite.exit": "0.4",
    "strategy.composite.weights.carry": "0.7",
    "strategy.composite.weights.persistence": "0.08",
    "strategy.composite.weights.trend": "0.06",
    "strategy.composite.weights.stability": "0.08",
    "strategy.composite.weights.basis": "0.08",
    "strategy.composite.weights.volume": "0",
    "strategy.composite.rotate": "true",
    "strategy.band.enter": "null",
    "strategy.band.exit": "null",
    "strategy.min_hold_h": "0",
    "strategy.exit_after_h": "0",
    "sizing.mode": "fixed",
    "sizing.size_usd": "1000",
    "sizing.size_min": "200",
    "sizing.size_max": "2000",
    "sizing.c_min": "0.6",
    "sizing.c_max": "0.8",
    "sizing.drawdown_start": "0.02",
    "sizing.drawdown_stop": "0.1",
    "sizing.rho": "0",
    "risk.max_positions": "5",
    "risk.max_portfolio": "0.5",
    "risk.pair_cap": "2000",
    "risk.min_free_cash": "0.1",
    "risk.max_break_even_h": "0",
    "risk.min_volume": "0",
    "risk.venue_cap": "null",
    "margin.mode": "isolated",
    "margin.leverage": "2",
    "margin.mmr": "0.005",
    "margin.guard": "0.2",
    "margin.liq_loss": "all",
    "margin.tiers": "null",
    "costs.fee_spot": "0.001",
    "costs.fee_perp": "0.00055",
    "costs.slippage_bps": "5",
    "costs.spot_fee_in": "base",
    "costs.delist_haircut": "0.05",
    "costs.idle_apr": "0",
    "costs.impact_k": "0",
    "backtest.close_at_end": "true",
    "backtest.spot_source": "spot",
    "universe.pairs": "[]",
    "universe.exclude": "[]",
    "venue.id": "bybit",
    "venue.environment": "mainnet",
    "venue.url": "null",
    "fetch.days": "90",
    "fetch.interval": "1h",
    "fetch.kinds": "[funding, candles, mark, snapshot]",
}
OTHER = {
    "strategy.mode": "cash",
    "strategy.band.enter": "0.0002",
    "strategy.simple.min_consecutive": "3",
    "strategy.simple.entry": "0.0005",
    "sizing.mode": "conviction",
    "sizing.size_max": "3000",
    "sizing.c_max": "0.9",
    "sizing.drawdown_stop": "0.3",
    "margin.mode": "none",
    "margin.liq_loss": "returned",
    "margin.tiers": "[10000:0.95, 50000:0.8]",
    "costs.spot_fee_in": "quote",
    "backtest.spot_source": "perp",
    "backtest.delay": "1m",
    "universe.pairs": "[BTC, ETH/USDT:USDT]",
    "universe.exclude": "[DOGEUSDT]",
    "venue.id": "okx",
    "venue.environment": "testnet",
    "venue.url": "http://127.0.0.1:8000",
    "fetch.interval": "4h",
    "fetch.kinds": "[funding, open-interest]",
    "trade.poll": "30s",
    "trade.reconcile_every": "1m",
    "notify.webhook": "https://hooks.example/x",
    "notify.apprise": "[json://localhost]",
    "notify.events": "[halted]",
}


def documented() -> Iterator[str]:
    """The paths of the list, braces and star written out."""
    for quoted in re.findall(r"`([a-z][\w.{},*]*(?:\.SYMBOL\.\{[\w,]+\})?)`", DOCUMENTED):
        head, _, inner = quoted.partition("{")
        for name in inner.rstrip("}").split(",") if inner else [""]:
            yield from [head + name] if "*" not in name else [f"{head}weights.{weight}" for weight in WEIGHTS]


def other_than_default(path: str) -> str:
    """A value that is allowed at `path` and is not the default."""
    if path in OTHER:
        return OTHER[path]
    leaf = next(leaf for leaf in leaves(SCHEMA) if leaf.path == path)
    if leaf.reading.noun == "true or false":
        return "false" if leaf.default else "true"
    return "7" if "whole" in leaf.allowed else "0.0000125"


def test_the_list_is_read_whole() -> None:
    paths = list(documented())
    assert len(paths) == len(set(paths)) == 72
    assert "costs.pairs.SYMBOL.fee_perp" in paths
    assert "strategy.composite.weights.carry" in paths


def test_every_parameter_is_documented_and_every_documented_one_exists() -> None:
    per_pair = {path for path in documented() if path.startswith("costs.pairs.")}
    assert {leaf.path for leaf in leaves(SCHEMA)} == set(documented()) - per_pair


@pytest.mark.parametrize(("path", "default"), DEFAULTS.items())
def test_has_the_default_of_the_semantics(path: str, default: str) -> None:
    found = resolved()
    assert value(found, path) == default
    assert origin(found, path) == "default"


@pytest.mark.parametrize("path", [path for path in documented() if not path.startswith("costs.pairs.")])
def test_can_be_set_and_reads_back_its_own_canonical_text(path: str) -> None:
    chosen = other_than_default(path)
    found = resolved(sets=[f"{path}={chosen}"])
    shown = "***" if path in ("notify.webhook", "notify.apprise") else chosen
    assert value(found, path) == shown
    assert value(resolved(), path) != shown
    assert origin(found, path) == "--set"


@pytest.mark.parametrize("name", ["BTC", "BTCUSDT", "BTC/USDT:USDT", "1000PEPE/USDT:USDT"])
@pytest.mark.parametrize("key", ["slippage_bps", "fee_spot", "fee_perp"])
def test_pairs_have_costs_of_their_own_under_any_spelling(name: str, key: str) -> None:
    assert value(resolved(sets=[f"costs.pairs.{name}.{key}=0.05"]), f"costs.pairs.{name}.{key}") == "0.05"


def test_packaged_defaults_obey_their_own_rules() -> None:
    assert resolved().settings == Settings()
    assert resolved().warnings == ()


@pytest.mark.parametrize("mode", ["simple", "composite", "band", "hold", "cash"])
def test_every_mode_can_be_chosen(mode: str) -> None:
    assert resolved(sets=[f"strategy.mode={mode}"]).settings.strategy.mode == mode
