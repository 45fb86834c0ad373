"""A second, slow implementation of semantics.md §§3-8 and 10, written from the page with loops and exact fractions. It
shares no code with fundarb's engine, accounting or risk; where both disagree one of them has a bug."""

from __future__ import annotations

from collections import Counter
from copy import copy, deepcopy
from dataclasses import dataclass
from fractions import Fraction

from tests.engine.plain_book import ZERO, Folio, Held, Line, floor_to, lot_step, too_small
from tests.engine.plain_gate import Gate, Request
from tests.engine.plain_market import DAY, HOUR, PairHistory, rounded
from tests.engine.plain_plan import TINY, Mode
from tests.engine.plain_terms import Terms

MarginLine = tuple[int, str, str, Line]


@dataclass
class Marks:
    """What positions were valued at, and how often that was stale."""

    prices: dict[str, tuple[Fraction, Fraction]]
    stale: int


class PlainRun:
    """One mode over one range."""

    def __init__(self, histories: dict[str, PairHistory], terms: Terms, mode: Mode, from_ms: int, to_ms: int) -> None:
        self.histories, self.terms, self.mode = histories, terms, mode
        self.from_ms, self.to_ms = from_ms, to_ms
        self.folio, self.gate = Folio(terms), Gate(terms, histories)
        self.counts: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        capital = terms.number("capital")
        self.samples = [(from_ms, capital)]
        self.lowest_cash = capital
        self.in_use = [ZERO]
        self.marks = Marks({}, 0)
        self.slots = None if mode.holds else terms.slots
        self.size = self._size()

    def _size(self) -> Fraction:
        size, slots = self.terms.number("sizing.size_usd"), self.terms.slots
        listed = sum(history.listed(self.from_ms) for history in self.histories.values())
        return size * min(slots, listed) / listed if self.mode.holds and slots and listed else size

    def go(self) -> PlainRun:
        """From the deposit to the last sample."""
        self.folio.write(Line(self.from_ms, "deposit", None, self.terms.number("capital")))
        settled = {at for history in self.histories.values() for at in history.times}
        events = sorted(at for at in settled if self.from_ms <= at < self.to_ms)
        before = self.from_ms
        for at in [*events, self.to_ms]:
            self._passed(before, at)
            if at == self.to_ms:
                self._finish(at)
            else:
                self._decide(at)
            self._sample(at)
            before = at
        return self

    # ---- steps 1-4

    def _passed(self, before: int, at: int) -> None:
        self._interest(before, at)
        if self.terms.isolated:
            self._margin(before, at)
        self._settle(at)
        if self.terms.isolated:
            for symbol in sorted(self.folio.held):
                self._write(self._guard(self.folio.held[symbol], at))
        self._delist(at)

    def _interest(self, before: int, at: int) -> None:
        free = max(self.folio.free_cash(), ZERO)
        earned = rounded(free * self.terms.number("costs.idle_apr") * Fraction(at - before, HOUR) / 8760)
        if earned:
            self.folio.write(Line(at, "interest", None, earned))

    def _margin(self, before: int, at: int) -> None:
        lines: list[Line] = []
        for symbol in sorted(self.folio.held):
            held = self.folio.held[symbol]
            for moment in self._moments(held, before, at):
                if not held.qty:
                    break
                if self._touched(held, moment):
                    lines += self._liquidate(held, moment, at)
                elif moment < at:
                    lines += self._guard(held, moment)
        self._write(sorted(lines, key=lambda line: (line.at, line.pair or "", line.leg == "perp")))

    def _moments(self, held: Held, before: int, at: int) -> list[int]:
        history = self.histories[held.pair.symbol]
        closes = {candle.closed_at for candle in history.hurting if before < candle.closed_at <= at}
        return sorted(closes | {opened for opened in history.perp.open_times if before < opened < at})

    def _touched(self, held: Held, at: int) -> bool:
        leverage, costs = self.terms.number("margin.leverage"), self.terms.costs(held.pair)
        level = rounded(held.reference * (1 + 1 / leverage) / (1 + self.terms.mmr(held.pair) + costs.fee_perp))
        return any(
            candle.closed_at == at and candle.open_at >= held.opened and candle.high >= level
            for candle in self.histories[held.pair.symbol].hurting
        )

    def _liquidate(self, held: Held, at: int, event: int) -> list[Line]:
        leverage, costs = self.terms.number("margin.leverage"), self.terms.costs(held.pair)
        level = rounded(held.reference * (1 + 1 / leverage) / (1 + self.terms.mmr(held.pair) + costs.fee_perp))
        qty, loses_all = held.qty, self.terms.word("margin.liq_loss") == "all"
        price = rounded(held.reference * (1 + 1 / leverage)) if loses_all else level
        fee = ZERO if loses_all else qty * level * costs.fee_perp
        cash = qty * (held.entry - price) - fee
        held.qty, held.price, held.close_reason = ZERO, held.price - qty * level, "liquidation"
        held.other, held.fees = held.other - qty * (price - level), held.fees + fee
        held.naked_since = event
        self.counts["liquidations"] += 1
        lines = [Line(at, "liquidation", held.pair.symbol, cash, "perp", "buy", qty, price, fee, "quote")]
        sale = self.histories[held.pair.symbol].spot.first_open(at, event)
        if sale is not None:
            lines += self.folio.leave(sale.at, "liquidation", held, sale.price, None, "liquidation")
        return lines

    def _guard(self, held: Held, at: int) -> list[Line]:
        guard, history = self.terms.limit("margin.guard"), self.histories[held.pair.symbol]
        opens, costs = history.both_open(at), self.terms.costs(held.pair)
        if guard is None or opens is None or not held.qty or opens[1] < held.reference * (1 + guard):
            return []
        self.counts["guards"] += 1
        spot, perp = opens
        left = floor_to(held.qty * held.reference / perp, lot_step(held.pair))
        if too_small(held.pair, left, perp):
            return self.folio.leave(at, "guard", held, spot, perp, "guard")
        excess = floor_to(max(held.spot - left * history.multiplier, ZERO), held.pair.spot_lots.step)
        lines = [
            self.folio.sell_spot(at, "guard", held, excess, spot, None),
            self.folio.buy_perp(at, "guard", held, held.qty - left, perp, costs.slippage),
        ]
        held.reference = perp
        return lines

    def _settle(self, at: int) -> None:
        for symbol in sorted(self.folio.held):
            held, history = self.folio.held[symbol], self.histories[symbol]
            if held.opened >= at or at not in history.rates or not held.qty:
                continue
            mark, rate = history.payment_mark(at), history.rates[at]
            if mark is None:
                mark = held.entry
                self.counts["stale_marks"] += 1
            held.funding += held.qty * mark * rate
            cash = held.qty * mark * rate
            self.folio.write(Line(at, "funding", symbol, cash, "perp", None, held.qty, mark, None, None, rate))

    def _delist(self, at: int) -> None:
        for symbol in sorted(self.folio.held):
            held, history = self.folio.held[symbol], self.histories[symbol]
            gone = held.pair.gone_ms
            if gone is None or at < gone:
                continue
            spot, perp = history.spot.last_close(at), history.perp.last_close(at)
            assert spot is not None
            assert perp is not None
            self.counts["delistings"] += 1
            self._write(self.folio.delist(at, held, spot.price, perp.price))

    def _write(self, lines: list[Line]) -> None:
        for line in lines:
            self.folio.write(line)

    # ---- steps 5 and 6

    def _decide(self, at: int) -> None:
        exits = {symbol: reason for symbol in self.folio.held if (reason := self._exit_reason(symbol, at)) is not None}
        opinions = {symbol: self.mode.opinion(history, at) for symbol, history in self.histories.items()}
        wanted = [
            symbol
            for symbol, history in self.histories.items()
            if opinions[symbol].enter and history.listed(at) and symbol not in self.folio.held
        ]
        entries = sorted(wanted, key=lambda symbol: (-opinions[symbol].rank, symbol))
        out = self._rotated(at, exits, entries)
        if out is not None:
            exits[out] = "rotated"
        for symbol in sorted(exits):
            self._leave(symbol, at, exits[symbol])
        for symbol in entries:
            self._enter(symbol, at, opinions[symbol].score)

    def _exit_reason(self, symbol: str, at: int) -> str | None:
        held, history = self.folio.held[symbol], self.histories[symbol]
        if held.naked_since is not None:
            return "liquidation" if held.naked_since < at else None
        if self.mode.holds:
            return None
        settled = history.last_settled(at)
        if settled is not None and at - settled > DAY:
            return "stale"
        if self._young(held, at):
            return None
        if self.mode.opinion(history, at).leave:
            return self.mode.exit_reason
        longest = self.terms.span("strategy.exit_after_h")
        return "time" if longest is not None and at - held.opened >= longest else None

    def _young(self, held: Held, at: int) -> bool:
        shortest = self.terms.span("strategy.min_hold_h")
        return shortest is not None and at - held.opened < shortest

    def _rotated(self, at: int, exits: dict[str, str], entries: list[str]) -> str | None:
        staying = [
            symbol for symbol, held in self.folio.held.items() if symbol not in exits and held.naked_since is None
        ]
        if not self.mode.rotates or self.slots is None or len(staying) < self.slots or not entries:
            return None
        best = entries[0]
        candidate = self.mode.opinion(self.histories[best], at).forecast
        known = []
        for symbol in sorted(staying):
            own = self.mode.opinion(self.histories[symbol], at).forecast
            if own is not None and not self._young(self.folio.held[symbol], at):
                known.append((own, symbol))
        if candidate is None or not known:
            return None
        lowest, out = min(known)
        trips = sum(self.terms.costs(self.histories[symbol].pair).round_trip for symbol in (best, out)) * 10_000
        if not candidate - lowest > trips / 45 + TINY:
            return None
        if any(self.histories[symbol].both_open(self._filled(at)) is None for symbol in (best, out)):
            return None
        return out if isinstance(self._trial(best, out, at), Fraction) else None

    def _trial(self, best: str, out: str, at: int) -> Fraction | str:
        """What the gate would say with the held pair sold at last closes."""
        folio, history = copy(self.folio), self.histories[out]
        folio.held, folio.dust = deepcopy(self.folio.held), dict(self.folio.dust)
        folio.trades, folio.lines = [], []
        spot, perp = history.spot.last_close(at), history.perp.last_close(at)
        assert spot is not None
        assert perp is not None
        for line in folio.leave(at, "fill", folio.held[out], spot.price, perp.price, "rotated"):
            folio.write(line)
        return self.gate.judge(folio, best, at, self._request(self.mode.opinion(self.histories[best], at).score))

    def _leave(self, symbol: str, at: int, reason: str) -> None:
        held, history = self.folio.held[symbol], self.histories[symbol]
        when = self._filled(at)
        spot, perp = history.spot.opens.get(when), history.perp.opens.get(when)
        if spot is None or (perp is None and held.qty):
            self.counts["no_price"] += 1
            return
        self.counts["rotations"] += reason == "rotated"
        kind = "fill" if held.qty else "liquidation"
        self._write(self.folio.leave(at, kind, held, spot, perp, reason))

    def _request(self, score: Fraction | None) -> Request:
        highest = max(value for _, value in self.samples)
        return Request(self.size, score, 1 - self.samples[-1][1] / highest, self.slots)

    def _enter(self, symbol: str, at: int, score: Fraction | None) -> None:
        verdict = self.gate.judge(self.folio, symbol, at, self._request(score))
        if isinstance(verdict, str):
            self.refused[verdict] += 1
            return
        opens = self.histories[symbol].both_open(self._filled(at))
        if opens is None:
            self.counts["no_price"] += 1
            return
        self.counts["entries"] += 1
        self.folio.enter(at, self.histories[symbol].pair, verdict, *opens, self.mode.entry_reason)

    def _filled(self, at: int) -> int:
        """When orders decided now fill."""
        return min(at + self.terms.delay, self.to_ms)

    def _finish(self, at: int) -> None:
        for symbol in sorted(self.folio.held):
            held = self.folio.held[symbol]
            tried_before = held.naked_since is not None and held.naked_since < at
            if self.terms.flag("backtest.close_at_end") or tried_before:
                self._leave(symbol, at, "end")

    # ---- step 7

    def _sample(self, at: int) -> None:
        self.marks = Marks({}, 0)
        total = funded = self.folio.cash
        in_use = ZERO
        for symbol, held in self.folio.held.items():
            spot, perp = self._mark(held, at)
            total += held.spot * spot + (held.entry - perp) * held.qty
            funded += (held.entry - perp) * held.qty
            in_use += held.spot_cost * held.spot / held.spot_at_entry + self.folio.posted(held)
            self.marks.prices[symbol] = spot, perp
        self.counts["stale_prices"] += self.marks.stale
        self.samples.append((at, total + self.gate.dust_worth(self.folio, at)))
        self.in_use.append(in_use)
        self.lowest_cash = min(self.lowest_cash, funded)

    def _mark(self, held: Held, at: int) -> tuple[Fraction, Fraction]:
        history = self.histories[held.pair.symbol]
        if not held.qty:
            return self._naked_mark(history, at), ZERO
        opens, common = history.both_open(at), history.common_close(at)
        if opens is not None:
            return opens
        if common is None:
            self.marks.stale += 1
            return held.fair_spot, held.fair_perp
        self.marks.stale += at - common[2] > DAY
        return common[0], common[1]

    def _naked_mark(self, history: PairHistory, at: int) -> Fraction:
        if at in history.spot.opens:
            return history.spot.opens[at]
        last = history.spot.last_close(at)
        assert last is not None
        self.marks.stale += at - last.at > DAY
        return last.price
