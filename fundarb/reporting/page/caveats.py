"""What not to believe of a page, in words: flags, pairs left out, prices that were not there, costs that were assumed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fundarb.domain.money import canonical, parse
from fundarb.domain.result import RunResult
from fundarb.reporting.doubts import doubts, exclusions
from fundarb.reporting.page.material import Material

_BP = 10_000


def caveats(material: Material, names: Mapping[str, str]) -> list[str]:
    """A sentence each; those of the runs first, of what was assumed last; `names` are what the page calls the runs."""
    found = [*doubts(material.every), *exclusions(material.every)]
    for run in material.detailed:
        found += list(_counted(run, names[run.run_id]))
    for run, config in zip(material.runs[:1], material.config[:1], strict=True):
        found += list(_assumed(run, config))
    return list(dict.fromkeys(found))


def _counted(run: RunResult, name: str) -> Iterator[str]:
    """What happened, or could not, for want of prices."""
    counts = run.counts
    if counts.no_price:
        yield f"{name}: {counts.no_price} times an order found no candle of both legs and was not executed"
    if counts.stale_marks:
        yield f"{name}: {counts.stale_marks} payments were reckoned with a mark older than 24 h, or with the entry price"
    if counts.liquidations:
        yield f"{name}: {counts.liquidations} perp leg{'' if counts.liquidations == 1 else 's'} liquidated"
    if run.open and "open_at_end" not in run.flags:
        many = "position is" if len(run.open) == 1 else "positions are"
        yield f"{name}: {len(run.open)} {many} still open, marked at the last prices known"


def _assumed(run: RunResult, config: Mapping[str, str | None]) -> Iterator[str]:
    """Costs of a backtest are taken, not measured."""
    if run.portfolio == "live":
        return
    spot, perp, slippage = (config.get(f"costs.{name}") for name in ("fee_spot", "fee_perp", "slippage_bps"))
    if spot is None or perp is None or slippage is None:
        return
    own = sum(path.startswith("costs.pairs.") for path in config)
    pairs = ", but for pairs with costs of their own" if own else ""
    fees = f"fees of {canonical(parse(spot) * _BP)} bp on spot and {canonical(parse(perp) * _BP)} bp on perps"
    yield f"costs are assumed: {fees}, slippage of {slippage} bp a leg{pairs}"
