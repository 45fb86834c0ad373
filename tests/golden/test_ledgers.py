"""Worked ledgers: the fold must come to their trades and totals, and the makers to their lines, digit for digit."""

from __future__ import annotations

from itertools import groupby

import pytest

from fundarb.accounting import lines as make
from fundarb.accounting.book import Book, fold
from fundarb.accounting.margin import liquidation_level, loss_price
from fundarb.accounting.valuation import dust_worth, equity, totals
from fundarb.domain.ledger import LEG_KINDS, LedgerLine, LineKind
from fundarb.domain.money import parse
from fundarb.domain.orders import Leg, Side
from tests.golden.ledger_cases import NAMES, LedgerCase, load

MMR = parse("0.005")


@pytest.mark.parametrize("name", NAMES)
def test_fold_comes_to_the_trades_and_totals_of_the_ledger(name: str) -> None:
    case = load(name)
    portfolio = fold(case.lines)
    assert not portfolio.positions
    assert sorted(portfolio.closed, key=lambda trade: (trade.opened_ms, trade.pair)) == list(case.trades)
    assert totals(portfolio, {}, dust_worth(portfolio, case.dust_prices)) == case.totals
    assert equity(portfolio, {}, case.dust_prices) == case.equity
    assert case.totals.net == case.equity - portfolio.contributed


@pytest.mark.parametrize("name", NAMES)
def test_makers_write_the_lines_of_the_ledger(name: str) -> None:
    case, book = load(name), Book()
    for _, group in groupby(case.lines, key=lambda line: (line.at_ms, line.kind, line.pair)):
        wanted = tuple(group)
        made = _made(case, book, wanted)
        assert made == wanted
        book.apply_all(made)


def _made(case: LedgerCase, book: Book, wanted: tuple[LedgerLine, ...]) -> tuple[LedgerLine, ...]:
    """What the makers write for the same event, from prices before slippage, haircut and penalty."""
    first, at_ms = wanted[0], wanted[0].at_ms
    if first.kind not in LEG_KINDS and first.kind is not LineKind.FUNDING:
        return (make.cash_line(at_ms, first.kind, first.cash),)
    assert first.pair is not None
    pair = case.pairs[first.pair]
    fair = {line.leg: line.fair for line in wanted}
    spot, perp = fair.get(Leg.SPOT) or parse("0"), fair.get(Leg.PERP) or parse("0")
    if first.kind is LineKind.FILL and first.side is Side.BUY:
        qty = wanted[1].qty
        assert qty is not None
        return make.open_lines(at_ms, pair, qty, spot, perp, case.costs, first.reason or "")
    held = book.positions[first.pair]
    if first.kind is LineKind.FUNDING:
        assert first.price is not None
        assert first.rate is not None
        return (make.funding_line(at_ms, held, first.price, first.rate),)
    if first.kind is LineKind.FILL:
        return make.close_lines(at_ms, pair, held, spot, perp, case.costs, first.reason or "")
    if first.kind is LineKind.DELISTING:
        return make.delisting_lines(at_ms, pair, held, spot, perp, case.costs, case.haircut)
    if first.kind is LineKind.GUARD:
        cut = wanted[1].qty
        assert cut is not None
        return make.guard_lines(at_ms, pair, held, held.qty - cut, spot, perp, case.costs)
    made = []
    for line in wanted:
        if line.leg is Leg.SPOT:
            made.append(make.spot_exit_line(at_ms, pair, held, spot, case.costs, "liquidation", LineKind.LIQUIDATION))
        else:
            level = liquidation_level(held.reference, case.leverage, MMR, case.costs.fee_perp)
            loss = loss_price(held.reference, case.leverage) if case.all_is_lost else None
            made.append(make.liquidation_perp_line(at_ms, held, level, loss, case.costs.fee_perp))
    return tuple(made)
