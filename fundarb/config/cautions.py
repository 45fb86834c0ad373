"""What is allowed but rarely meant: said on stderr, never refused."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from fundarb.config.settings import Settings
from fundarb.domain.money import canonical
from fundarb.strategy.simple import SimpleParams

DEFAULT_RATES = tuple(map(Decimal, ("0.0001", "0.00005", "0.000025", "0.0000125")))


def cautions(settings: Settings) -> Iterator[tuple[str, str]]:
    """(path, words) of every caution."""
    yield from _on_default_rate(settings)
    yield from _composite_crossed(settings)
    yield from _above_caps(settings)


def _on_default_rate(settings: Settings) -> Iterator[tuple[str, str]]:
    """A third of all settlements lie exactly on a venue's default rate; a threshold there decides by luck."""
    simple, band = settings.strategy.simple, settings.strategy.band
    packaged_exit = SimpleParams.model_fields["exit"].default
    found = {
        "strategy.simple.entry": simple.entry,
        "strategy.simple.exit": None if simple.exit == packaged_exit else simple.exit,
        "strategy.band.enter": band.enter,
        "strategy.band.exit": band.exit,
    }
    for path, value in found.items():
        if value in DEFAULT_RATES:
            yield (
                path,
                f"{canonical(value)} is a venue's default rate, where a third of all settlements lie; move it off",
            )


def _composite_crossed(settings: Settings) -> Iterator[tuple[str, str]]:
    composite = settings.strategy.composite
    if composite.exit > composite.enter:
        found, bound = canonical(composite.exit), canonical(composite.enter)
        yield (
            "strategy.composite.exit",
            f"{found} is above enter ({bound}): what enters may leave at the next settlement",
        )


def _above_caps(settings: Settings) -> Iterator[tuple[str, str]]:
    """Sizes that matter: size_usd always, size_max where conviction is on or someone chose it."""
    sizing, risk = settings.sizing, settings.risk
    sizes = {"sizing.size_usd": sizing.size_usd}
    if sizing.mode == "conviction" or sizing.size_max != type(sizing).model_fields["size_max"].default:
        sizes["sizing.size_max"] = sizing.size_max
    caps = {"risk.pair_cap": risk.pair_cap}
    if risk.max_portfolio is not None:
        caps["risk.max_portfolio of capital"] = risk.max_portfolio * settings.capital
    for path, size in sizes.items():
        for name, cap in caps.items():
            if cap is not None and size > cap:
                yield path, f"{canonical(size)} is above {name} ({canonical(cap)}); the gate shrinks it to that"
