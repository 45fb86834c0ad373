"""The gate: every entry passes here, on the portfolio as it stands, priced at last closes known; the first refusal wins.

Order: halted, max_positions, already_open, stale_data, delisting_notice, below_break_even, illiquid, portfolio_cap,
venue_cap, insufficient_cash, below_minimum. Caps shrink a target, cash refuses it. Only this file makes an `Approved`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from fundarb.accounting.book import Book
from fundarb.accounting.fees import PairCosts, fee_value, round_trip
from fundarb.accounting.funding import hours_to_break_even
from fundarb.accounting.lots import below_minimum, entry_qty, lot_step, spot_order
from fundarb.accounting.margin import MarginTerms
from fundarb.accounting.pricing import bought_at
from fundarb.accounting.valuation import exposure, free_cash
from fundarb.domain.decision import EntryRequest, Refusal, Refused
from fundarb.domain.instants import DAY, LONGEST_INTERVAL
from fundarb.domain.instrument import Pair
from fundarb.domain.money import ZERO, canonical
from fundarb.ports.executor import Approved
from fundarb.ports.feed import Known, View
from fundarb.risk.limits import RiskParams


@dataclass(frozen=True, slots=True)
class GateRules:
    """What the gate holds requests against."""

    limits: RiskParams
    costs: Callable[[str], PairCosts]
    pairs: Callable[[str], Pair]
    margin: MarginTerms
    unlimited_positions: bool = False

    def slots(self) -> int | None:
        """How many positions may be open; None for any number."""
        return None if self.unlimited_positions else self.limits.max_positions or None


@dataclass(frozen=True, slots=True)
class Standing:
    """What stops entries beside the portfolio and the market: a halt, and pairs about to be delisted."""

    halted: frozenset[str] | None = None
    all_halted: bool = False
    notices: frozenset[str] = frozenset()

    @property
    def halting(self) -> bool:
        """Whether any entry is halted."""
        return self.all_halted or bool(self.halted)

    def stops(self, pair: str) -> bool:
        """Whether entries of this pair are halted."""
        return self.all_halted or (self.halted is not None and pair in self.halted)


FREE = Standing()


def review(
    request: EntryRequest,
    target: Decimal | Fraction,
    view: View,
    book: Book,
    rules: GateRules,
    standing: Standing = FREE,
) -> Approved | Refused:
    """The approved entry, or the first reason against it."""
    pair = request.pair
    if standing.stops(pair):
        return Refused(pair, Refusal.HALTED)
    slots = rules.slots()
    if slots is not None and len(book.positions) >= slots:
        return Refused(pair, Refusal.MAX_POSITIONS, f"{len(book.positions)} open, {slots} allowed")
    if pair in book.positions:
        return Refused(pair, Refusal.ALREADY_OPEN)
    known = view.known(pair)
    if known.perp is None or known.spot is None or stale(known, view.at_ms):
        return Refused(pair, Refusal.STALE_DATA)
    return _fresh(request, target, view, book, rules, standing, known, known.perp.price, known.spot.price)


def _fresh(
    request: EntryRequest,
    target: Decimal | Fraction,
    view: View,
    book: Book,
    rules: GateRules,
    standing: Standing,
    known: Known,
    ref: Decimal,
    spot_close: Decimal,
) -> Approved | Refused:
    """The rest of the gate, once both legs have a fresh close."""
    name, limits, costs = request.pair, rules.limits, rules.costs(request.pair)
    if name in standing.notices:
        return Refused(name, Refusal.DELISTING_NOTICE)
    if limits.max_break_even_h and _slow(known, costs, limits.max_break_even_h):
        return Refused(name, Refusal.BELOW_BREAK_EVEN)
    if limits.min_volume and view.quote_volume(name) < limits.min_volume:
        return Refused(name, Refusal.ILLIQUID, f"less than {canonical(limits.min_volume)} traded in 24 h")
    equity = equity_at_closes(book, view) if needs_equity(limits) else ZERO
    if limits.pair_cap:
        target = min(target, limits.pair_cap)
    for cap, refusal in ((limits.max_portfolio, Refusal.PORTFOLIO_CAP), (limits.venue_cap, Refusal.VENUE_CAP)):
        if cap is not None:
            left = cap * equity - exposure(book)
            if left <= 0:
                return Refused(name, refusal, f"{canonical(cap)} of equity is in use")
            target = min(target, left)
    return _affordable(request, target, book, rules, costs, ref, spot_close, equity)


def _affordable(
    request: EntryRequest,
    target: Decimal | Fraction,
    book: Book,
    rules: GateRules,
    costs: PairCosts,
    ref: Decimal,
    spot_close: Decimal,
    equity: Decimal,
) -> Approved | Refused:
    """Cash and minimums."""
    pair = rules.pairs(request.pair)
    qty = entry_qty(target, ref, lot_step(pair))
    spare = free_cash(book, rules.margin) - (rules.limits.min_free_cash or ZERO) * equity
    if not affordable(pair, qty, ref, spot_close, costs, rules.margin, spare):
        return Refused(request.pair, Refusal.INSUFFICIENT_CASH, f"{float(spare):.2f} is free")
    if below_minimum(pair, qty, ref):
        return Refused(request.pair, Refusal.BELOW_MINIMUM, f"{canonical(qty)} at {canonical(ref)}")
    return Approved(request, qty, ref)


def affordable(
    pair: Pair, qty: Decimal, ref: Decimal, spot_close: Decimal, costs: PairCosts, margin: MarginTerms, spare: Decimal
) -> bool:
    """Whether spare cash covers the spot with slippage and its quote fee, the perp's fee, and margin if isolated.

    The margin is an exact quotient, so both sides are compared times the leverage."""
    order = spot_order(qty, pair.multiplier, costs.fee_spot, pair.spot_lots.step, ZERO, costs.fee_in_base)
    price, notional = bought_at(spot_close, costs.slippage), qty * ref
    left = spare - order * price - notional * costs.fee_perp
    if not costs.fee_in_base:
        left -= fee_value(order, price, costs.fee_spot)
    return left * margin.leverage >= notional if margin.mode == "isolated" else left >= 0


def stale(known: Known, at_ms: int) -> bool:
    """No settlement, or one older than its interval (8 h if it has none); or a close older than 24 h."""
    if known.settled_at_ms is None or at_ms - known.settled_at_ms > (known.interval_ms or LONGEST_INTERVAL):
        return True
    return any(leg is None or at_ms - leg.at_ms > DAY for leg in (known.perp, known.spot))


def needs_equity(limits: RiskParams) -> bool:
    """Whether any limit is a fraction of equity."""
    return bool(limits.max_portfolio or limits.venue_cap or limits.min_free_cash)


def equity_at_closes(book: Book, view: View) -> Decimal:
    """Equity with each leg at its own last close known."""
    total = book.cash
    for name, held in book.positions.items():
        perp, spot = view.closes(name)
        if spot is not None:
            total += held.spot * spot
        if held.qty:
            total += held.perp_cost - held.qty * (held.entry if perp is None else perp)
    return total + view.dust_worth(book)


def _slow(known: Known, costs: PairCosts, allowed_h: Decimal) -> bool:
    """Whether the last rate takes too long to earn the round trip."""
    cost = round_trip(costs.fee_spot, costs.fee_perp, costs.slippage)
    hours = hours_to_break_even(cost, known.rate or ZERO, known.interval_ms)
    return hours is None or hours > allowed_h
