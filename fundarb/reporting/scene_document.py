"""A scene as text and back, without what is on offer: how a trader lets another process see what it sees."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from decimal import Decimal
from typing import Any

from fundarb.domain.money import canonical
from fundarb.domain.position import Split
from fundarb.reporting.scene import Health, Scene, SeenPortfolio, SeenPosition

_SPLIT = tuple(one.name for one in fields(Split))
_EXACT = frozenset({"spot", "perp", "delta", "value", "margin", "room", "rate", "expected"})


def scene_text(scene: Scene) -> str:
    """Money as canonical text, times as milliseconds."""
    document = {
        "venue": scene.venue,
        "health": asdict(scene.health),
        "portfolios": [_portfolio(one) for one in scene.portfolios],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=canonical)


def read_scene(text: str) -> Scene:
    """What `scene_text` wrote; ValueError, KeyError or TypeError where it did not."""
    document = json.loads(text)
    portfolios = [_read_portfolio(one) for one in document["portfolios"]]
    return Scene(portfolios, (), 0, Health(**document["health"]), document["venue"])


def _portfolio(one: SeenPortfolio) -> dict[str, Any]:
    return {
        "name": one.name,
        "mode": one.mode,
        "equity": one.equity,
        "contributed": one.contributed,
        "cash": one.cash,
        "split": asdict(one.split),
        "positions": [asdict(position) for position in one.positions],
    }


def _read_portfolio(found: dict[str, Any]) -> SeenPortfolio:
    return SeenPortfolio(
        name=found["name"],
        mode=found["mode"],
        equity=Decimal(found["equity"]),
        contributed=Decimal(found["contributed"]),
        cash=Decimal(found["cash"]),
        split=_read_split(found["split"]),
        positions=[_read_position(one) for one in found["positions"]],
    )


def _read_position(found: dict[str, Any]) -> SeenPosition:
    plain = {name: value for name, value in found.items() if name not in _EXACT and name != "split"}
    exact: dict[str, Any] = {name: None if found[name] is None else Decimal(found[name]) for name in _EXACT}
    return SeenPosition(**plain, **exact, split=_read_split(found["split"]))


def _read_split(found: dict[str, str]) -> Split:
    return Split(**{name: Decimal(found[name]) for name in _SPLIT})
