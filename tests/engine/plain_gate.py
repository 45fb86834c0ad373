"""Part of the second implementation of semantics.md: sizes and the gate (§7), asked of a portfolio as it stands."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt
from typing import NamedTuple

from tests.engine.plain_book import ZERO, Folio, floor_to, lot_step, spot_order, too_small
from tests.engine.plain_market import DAY, HOUR, Known, PairHistory, rounded
from tests.engine.plain_terms import Terms


class Request(NamedTuple):
    """What is asked: a size before sizing, the score if there is one, drawdown, and whether slots count."""

    size: Fraction
    score: Fraction | None
    drawdown: Fraction
    slots: int | None


def clipped(value: Fraction) -> Fraction:
    """To [0, 1], 6 places."""
    return rounded(min(max(value, ZERO), Fraction(1)), 6)


def target_of(terms: Terms, request: Request, nth: int) -> Fraction:
    """Fixed, or by conviction."""
    if terms.word("sizing.mode") == "fixed" or request.score is None:
        return request.size
    c_min, c_max = terms.number("sizing.c_min"), terms.number("sizing.c_max")
    start, stop = terms.number("sizing.drawdown_start"), terms.number("sizing.drawdown_stop")
    low, high = terms.number("sizing.size_min"), terms.number("sizing.size_max")
    c = clipped((request.score - c_min) / (c_max - c_min))
    d = clipped((stop - request.drawdown) / (stop - start))
    w = clipped(_one_over_root(1 + (nth - 1) * terms.number("sizing.rho")))
    return (low + (high - low) * c) * d * w


def _one_over_root(value: Fraction) -> Fraction:
    """1/√value to 30 decimals."""
    scale = 10**60
    return Fraction(isqrt(scale * value.denominator // value.numerator), 10**30)


class Gate:
    """Judges one request after another."""

    def __init__(self, terms: Terms, histories: dict[str, PairHistory]) -> None:
        self.terms, self.histories = terms, histories

    def judge(self, folio: Folio, symbol: str, at: int, request: Request) -> Fraction | str:
        """The quantity, or the first reason against it."""
        terms, history = self.terms, self.histories[symbol]
        if request.slots is not None and len(folio.held) >= request.slots:
            return "max_positions"
        if symbol in folio.held:
            return "already_open"
        perp, spot = history.perp.last_close(at), history.spot.last_close(at)
        if perp is None or spot is None or self._stale(history, at, perp, spot):
            return "stale_data"
        if self._too_slow(history, at):
            return "below_break_even"
        volume = terms.limit("risk.min_volume")
        if volume is not None and history.quote_volume(at) < volume:
            return "illiquid"
        target, equity = target_of(terms, request, len(folio.held) + 1), self.equity(folio, at)
        cap, portfolio = terms.limit("risk.pair_cap"), terms.limit("risk.max_portfolio")
        if cap is not None:
            target = min(target, cap)
        if portfolio is not None:
            left = portfolio * equity - sum((held.qty * held.entry for held in folio.held.values()), ZERO)
            if left <= 0:
                return "portfolio_cap"
            target = min(target, left)
        qty = floor_to(target / perp.price, lot_step(history.pair))
        if self._cost(history, qty, perp.price, spot.price) > self._spare(folio, equity):
            return "insufficient_cash"
        return "below_minimum" if too_small(history.pair, qty, perp.price) else qty

    def equity(self, folio: Folio, at: int) -> Fraction:
        """Each leg at its own last close."""
        total = folio.cash
        for symbol, held in folio.held.items():
            spot, perp = (leg.last_close(at) for leg in (self.histories[symbol].spot, self.histories[symbol].perp))
            assert spot is not None
            total += held.spot * spot.price
            if held.qty:
                assert perp is not None
                total += (held.entry - perp.price) * held.qty
        return total + self.dust_worth(folio, at)

    def dust_worth(self, folio: Folio, at: int) -> Fraction:
        """All dust at its spots' last closes."""
        total = ZERO
        for symbol, qty in folio.dust.items():
            close = self.histories[symbol].spot.last_close(at)
            assert close is not None
            total += qty * close.price
        return total

    def _stale(self, history: PairHistory, at: int, perp: Known, spot: Known) -> bool:
        settled = history.last_settled(at)
        if settled is None or at - settled > (history.intervals[settled] or 8 * HOUR):
            return True
        return at - perp.at > DAY or at - spot.at > DAY

    def _too_slow(self, history: PairHistory, at: int) -> bool:
        limit, settled = self.terms.limit("risk.max_break_even_h"), history.last_settled(at)
        if limit is None or settled is None:
            return False
        rate, interval = history.rates[settled], history.intervals[settled]
        if rate <= 0 or interval is None:
            return True
        return self.terms.costs(history.pair).round_trip * Fraction(interval, HOUR) / rate > limit

    def _cost(self, history: PairHistory, qty: Fraction, ref: Fraction, spot: Fraction) -> Fraction:
        costs = self.terms.costs(history.pair)
        order, bought = spot_order(history.pair, qty, costs), spot * (1 + costs.slippage)
        total = order * bought + qty * ref * costs.fee_perp
        if not costs.in_base:
            total += order * bought * costs.fee_spot
        return total + (qty * ref / self.terms.number("margin.leverage") if self.terms.isolated else ZERO)

    def _spare(self, folio: Folio, equity: Fraction) -> Fraction:
        return folio.free_cash() - (self.terms.limit("risk.min_free_cash") or ZERO) * equity
