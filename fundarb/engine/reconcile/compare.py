"""The comparison: what happened at the venue and is not booked, then what is held, then cash. The same facts give the same
plan.

Each stage looks at the book as it will be once the stages before are done. Holdings of a pair are not compared while an
order of it is unsettled, and cash only once all else agrees: it could but repeat what is known already."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from fundarb.accounting.holding import Holding, LedgerBroken
from fundarb.accounting.lines import cash_line
from fundarb.accounting.trial import after
from fundarb.domain.instrument import Pair
from fundarb.domain.ledger import LineKind
from fundarb.domain.money import ZERO, canonical
from fundarb.engine.orders.booking import QUOTE_COIN, TAKEN, base_coin, fill_of, lines_of, payment_line, why_of
from fundarb.engine.reconcile.adopting import executed_elsewhere, taken_over
from fundarb.engine.reconcile.facts import SETTLED, JournalFacts, VenueFacts
from fundarb.engine.reconcile.holdings import (
    coin_differences,
    pair_of,
    pair_of_coin,
    prices_of,
    short_differences,
    shorts_of,
    spot_left_for,
)
from fundarb.engine.reconcile.plan import Act, Difference, Kind, Reconciliation, Step
from fundarb.engine.reconcile.stranded import left_out, settled_at, stranded, stranded_by_coin, taken_out, way_out
from fundarb.ports.trading import Cause, Execution, Flow, FlowKind
from fundarb.risk.delta import hedged, net_delta

ROUNDING = Decimal("0.000001")  # of quote: what averages rounded differently leave over
_FLOWS = {
    FlowKind.TRANSFER: LineKind.TRANSFER,
    FlowKind.INTEREST: LineKind.INTEREST,
    FlowKind.REBATE: LineKind.REBATE,
    FlowKind.OTHER: LineKind.ADJUSTMENT,
    FlowKind.BOOKED: LineKind.TRANSFER,  # in a market that is somebody else's: neither won nor lost here
}


def reconcile(venue: VenueFacts, journal: JournalFacts) -> Reconciliation:
    """What differs and the plan."""
    draft = _Draft(venue, journal)
    draft.orders()
    draft.happenings()
    draft.holdings()
    draft.cash()
    return Reconciliation(tuple(draft.differences), tuple(draft.plan))


def flow_name(flow: Flow) -> str:
    """How the ledger line of a log line names it."""
    return f"{flow.words}, log {flow.flow_id}"


class _Draft:
    """The comparison under way; `_book` is the book as it will be."""

    def __init__(self, venue: VenueFacts, journal: JournalFacts) -> None:
        self._venue, self._journal = venue, journal
        self._book = journal.book.copied()
        self._busy = {order.symbol for order in journal.unsettled}
        self._foreign: dict[str, list[Execution]] = {}
        self.differences: list[Difference] = []
        self.plan: list[Step] = []

    def orders(self) -> None:
        """Orders whose end is not known, and open ones that should not be."""
        for order in self._journal.unsettled:
            self._differs(Kind.UNSETTLED_ORDER, order.client_id, "to be asked", order.state)
            words = f"find out what became of {order.side} {canonical(order.qty)} {order.leg} of {order.symbol}"
            self.plan.append(Step(Act.SETTLE, order.client_id, words, by_itself=True, order=order))
        for shown in self._venue.open_orders:
            ours = self._journal.orders.get(shown.client_id or "")
            if shown.market in self._journal.excluded or (ours is not None and ours.state not in SETTLED):
                continue
            subject = shown.client_id or shown.venue_id
            if ours is None:
                self._differs(Kind.FOREIGN_ORDER, subject, f"open in {shown.market}", "none")
                words = f"withdraw it at the venue, or leave it alone (--exclude {shown.market})"
                self.plan.append(Step(Act.EXCLUDE, shown.market, words, by_itself=False))
            else:
                self._differs(Kind.STRAY_ORDER, subject, f"open in {shown.market}", ours.state)
                self.plan.append(Step(Act.CANCEL, subject, "withdraw it", by_itself=True, order=ours))

    def happenings(self) -> None:
        """Executions and log lines the journal does not have, in the order they happened."""
        found: list[Execution | Flow] = [one for one in self._venue.executions if self._unbooked(one)]
        found += [flow for flow in self._venue.flows if self._unbooked_flow(flow)]
        for one in sorted(found, key=lambda each: (each.at_ms, isinstance(each, Flow))):
            if isinstance(one, Flow):
                self._flow(one)
            elif not (self._funding(one) if one.cause is Cause.FUNDING else self._fill(one)):
                self._differs(
                    Kind.FOREIGN_EXECUTION, one.execution_id, f"{one.cause} {canonical(one.qty)} {one.market}", "none"
                )
                name = pair_of(one.market, one.leg, self._journal.pairs, self._book)
                self._foreign.setdefault(name, []).append(one)

    def holdings(self) -> None:
        """Shorts and coins, then what is hedged, on the book as it will be."""
        pairs, excluded = self._journal.pairs, set(self._journal.excluded)
        busy_coins = {base_coin(pairs[name]) for name in self._busy if name in pairs}
        shorts = short_differences(self._venue, self._book, excluded | self._busy)
        coins = coin_differences(self._venue, self._book, pairs, excluded | busy_coins)
        disputed = {one.subject for one in shorts} | {pair_of_coin(one.subject, pairs, self._book) for one in coins}
        disputed |= self._foreign.keys()
        self.differences += shorts + coins
        for name in sorted(disputed):
            self._adoption(name)
        self._hedges(disputed)

    def cash(self) -> None:
        """The wallet's quote coin beside the ledger's cash."""
        held, booked = self._venue.coins.get(QUOTE_COIN, ZERO), self._book.cash
        settled = {Kind.UNBOOKED_FILL, Kind.UNBOOKED_FLOW, Kind.UNBOOKED_FUNDING, Kind.UNHEDGED}
        if held == booked or any(one.kind not in settled for one in self.differences):
            return
        self._differs(Kind.CASH, QUOTE_COIN, canonical(held), canonical(booked))
        small = abs(held - booked) <= ROUNDING
        words = f"book {canonical(held - booked)} {'of rounding' if small else 'as an adjustment'}"
        line = cash_line(self._venue.at_ms, LineKind.ADJUSTMENT, held - booked, "rounding" if small else "reconciled")
        self.plan.append(Step(Act.ADJUST, QUOTE_COIN, words, by_itself=small, lines=(line,)))

    def _unbooked(self, one: Execution) -> bool:
        journal = self._journal
        if one.at_ms < journal.begun_ms or one.execution_id in journal.executed or one.market in journal.excluded:
            return False
        if one.cause is Cause.FUNDING:
            return (one.market, one.at_ms) not in journal.paid
        order = journal.orders.get(one.client_id or "")
        return order is None or order.state in SETTLED

    def _unbooked_flow(self, flow: Flow) -> bool:
        if flow.at_ms <= self._journal.begun_ms or flow_name(flow) in self._journal.flows:
            return False
        if flow.coin != QUOTE_COIN:
            return flow.kind is FlowKind.TRANSFER and flow.change < 0 and flow.coin not in self._journal.excluded
        return flow.kind is not FlowKind.BOOKED or self._of_others(flow)

    def _of_others(self, flow: Flow) -> bool:
        """Whether an execution caused it that is left to its owner; what was booked before that was said stays booked."""
        booked = flow.execution_id in self._journal.executed or (flow.market, flow.at_ms) in self._journal.paid
        return flow.market in self._journal.excluded and not booked

    def _flow(self, flow: Flow) -> None:
        if flow.coin != QUOTE_COIN:
            self._coin_taken_out(flow)
            return
        line = cash_line(flow.at_ms, _FLOWS[flow.kind], flow.change, flow_name(flow))
        words = f"book {canonical(flow.change)} as {line.kind}"
        self._differs(Kind.UNBOOKED_FLOW, flow.flow_id, f"{flow.words} {canonical(flow.change)}", "none")
        self._will(Step(Act.BOOK, flow.flow_id, words, flow.kind is not FlowKind.OTHER, lines=(line,)))

    def _coin_taken_out(self, flow: Flow) -> None:
        """What a person took out of an account that can sell it no more; of any other coin holdings are compared."""
        name = stranded_by_coin(self._book, self._journal).get(flow.coin)
        if name is None or name in self._busy:
            return
        pair, held, qty = self._journal.pairs[name], self._book.positions[name], -flow.change
        lines = taken_out(flow.at_ms, pair, held, qty, self._settled_at(held), flow_name(flow))
        words = f"book {canonical(qty)} {flow.coin} as taken out"
        if self._will(Step(Act.BOOK, flow.flow_id, words, by_itself=True, lines=lines)):
            there = f"{flow.words} {canonical(flow.change)} {flow.coin}"
            self._differs(Kind.UNBOOKED_FLOW, flow.flow_id, there, "none")

    def _settled_at(self, held: Holding) -> Decimal:
        planned = [line for step in self.plan for line in step.lines]
        return settled_at(self._journal.pairs[held.pair], held, [*self._journal.lines, *planned])

    def _funding(self, one: Execution) -> bool:
        """Whether it is of a position the book knows of."""
        line = payment_line(one, one.market)
        if one.market in self._busy:
            return True  # its position may not be booked yet: the next comparison sees it
        words = f"book funding of {canonical(line.cash)}"
        if not self._will(Step(Act.BOOK, one.market, words, by_itself=True, lines=(line,))):
            return False
        self._differs(Kind.UNBOOKED_FUNDING, one.market, canonical(line.cash), "none")
        return True

    def _fill(self, one: Execution) -> bool:
        """Whether it is a late fill of ours, or the venue's own doing to a position of ours."""
        order = self._journal.orders.get(one.client_id or "")
        name = one.market if order is None else order.symbol
        pair = self._journal.pairs.get(name)
        if pair is None or (order is None and one.cause not in TAKEN):
            return False
        if name in self._busy:
            return True
        fill = fill_of(one, name, None)
        try:
            lines = lines_of([fill], pair, self._book, [why_of(order, one.cause)])
        except LedgerBroken:
            return False
        words = f"{one.cause}: {one.side} {canonical(one.qty)} {one.leg} of {name} at {canonical(one.price)}"
        self._differs(Kind.UNBOOKED_FILL, one.execution_id, words, "none")
        return self._will(Step(Act.BOOK, name, f"book {words}", by_itself=True, fills=(fill,), lines=lines))

    def _adoption(self, name: str) -> None:
        """Take over what the venue has of a pair; what fundarb cannot hold can only be left to its owner."""
        pair, short = self._journal.pairs.get(name), shorts_of(self._venue).get(name, ZERO)
        entry, mark = prices_of(name, self._venue, self._book)
        if pair is not None and name in stranded(self._book, self._journal.spotless):
            mark = self._settled_at(self._book.positions[name]) * pair.multiplier
        if pair is None or pair.spot is None or short < 0 or mark is None:
            words = f"fundarb cannot hold this: close it at the venue, or leave it alone (--exclude {name})"
            self.plan.append(Step(Act.EXCLUDE, name, words, by_itself=False))
            return
        fills, lines = executed_elsewhere(self._foreign.get(name, []), pair, self._book)
        book = after(self._book, lines)
        spot = spot_left_for(name, self._venue, book, self._journal.pairs)
        rest = taken_over(self._venue.at_ms, pair, book, short, spot, entry or mark, mark)
        words = f"take it over into the journal (--adopt {name}), or leave it alone (--exclude {name})"
        self.plan.append(Step(Act.ADOPT, name, words, by_itself=False, fills=fills, lines=(*lines, *rest)))

    def _hedges(self, disputed: Collection[str]) -> None:
        """Positions of which one leg stands alone. What a person must decide of some keeps no other from being hedged: all
        that shares no coin with them."""
        pairs = self._journal.pairs
        coins = {base_coin(pairs[name]) for name in disputed if name in pairs}
        alone = stranded(self._book, self._journal.spotless)
        for held in self._book.in_order():
            pair = pairs.get(held.pair)
            if pair is None or held.pair in self._busy or (held.qty and hedged(pair, held.spot, held.qty)):
                continue
            if held.pair in disputed or base_coin(pair) in coins:
                continue
            if held.pair in alone:
                self._stranded(pair, held)
                continue
            delta = canonical(net_delta(held.spot, held.qty, pair.multiplier))
            self._differs(Kind.UNHEDGED, held.pair, f"{canonical(held.spot)} spot", f"{canonical(held.qty)} short")
            words = f"net delta {delta} {base_coin(pair)}: complete the hedge, or take back what stands alone"
            self.plan.append(Step(Act.HEDGE, held.pair, words, by_itself=True))

    def _stranded(self, pair: Pair, held: Holding) -> None:
        """A coin that no market of the venue takes any more: a person takes it out, or keeps it."""
        self._differs(Kind.UNHEDGED, held.pair, f"{canonical(held.spot)} spot", f"{canonical(held.qty)} short")
        if base_coin(pair) in self._journal.excluded:
            lines = left_out(self._venue.at_ms, pair, held, self._settled_at(held))
            words = f"book {canonical(held.spot)} {base_coin(pair)} as left to its owner"
            self._will(Step(Act.BOOK, held.pair, words, by_itself=True, lines=lines))
        else:
            self.plan.append(Step(Act.HEDGE, held.pair, way_out(pair, held), by_itself=False))

    def _will(self, step: Step) -> bool:
        """Add a step whose lines the book can take."""
        try:
            self._book.apply_all(step.lines)
        except LedgerBroken:
            return False
        self.plan.append(step)
        return True

    def _differs(self, kind: Kind, subject: str, venue: str, journal: str) -> None:
        self.differences.append(Difference(kind, subject, venue, journal))
