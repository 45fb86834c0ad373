"""What the market of a pair was while a run lasted: its funding rate per 8 h and its basis, in basis points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fundarb.domain.instrument import Pair
from fundarb.domain.market import Span
from fundarb.reporting.page.thinning import Floats, Stamps
from fundarb.signals.assembly import settlement_rows
from fundarb.signals.panel import CandleColumns, SettlementColumns
from fundarb.signals.rates import rate_8h_bp


@dataclass(frozen=True, slots=True, eq=False)
class PairMarket:
    """Settlements and, where both legs have candles that close together, the basis at those closes."""

    symbol: str
    settled_at: Stamps
    rate_8h_bp: Floats
    closed_at: Stamps
    basis_bp: Floats


def pair_market(
    pair: Pair, settled: SettlementColumns, perp: CandleColumns, spot: CandleColumns, span: Span
) -> PairMarket:
    """From what is stored of it, which may reach back before the span: for the first rate's interval, and for what was known
    when the span began."""
    rows = settlement_rows([settled], span.end_ms)
    closed_at, basis = _basis(perp, spot, float(pair.multiplier))
    settled_known, closed_known = (_known_from(times, span.start_ms) for times in (rows.settled_at, closed_at))
    rates = rate_8h_bp(rows)[settled_known]
    return PairMarket(pair.symbol, rows.settled_at[settled_known], rates, closed_at[closed_known], basis[closed_known])


def _known_from(times: Stamps, start_ms: int) -> slice:
    """The rows of the span, and the one before it that was known when it began."""
    return slice(max(0, int(np.searchsorted(times, start_ms, side="right")) - 1), None)


def _basis(perp: CandleColumns, spot: CandleColumns, multiplier: float) -> tuple[Stamps, Floats]:
    """1e4 ln(perp / (multiplier · spot)) wherever both close at one time."""
    perp_closed, perp_row = np.unique(perp.open_at + perp.span_ms, return_index=True)
    spot_closed, spot_row = np.unique(spot.open_at + spot.span_ms, return_index=True)
    closed_at, in_perp, in_spot = np.intersect1d(perp_closed, spot_closed, assume_unique=True, return_indices=True)
    perp_close, spot_close = perp.close[perp_row[in_perp]], spot.close[spot_row[in_spot]]
    with np.errstate(divide="ignore", invalid="ignore"):
        return closed_at, 1e4 * np.log(perp_close / (multiplier * spot_close))
