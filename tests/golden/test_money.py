"""Golden values of money mathematics, as printed (ten significant digits) by an independent script."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from fundarb.accounting.book import Book
from fundarb.accounting.fees import PairCosts, round_trip, round_trip_bp
from fundarb.accounting.funding import apr, break_even_periods, compounded_apr, hours_to_break_even, payment
from fundarb.accounting.lines import close_lines, funding_line, open_lines
from fundarb.accounting.margin import cross_level, liquidation_level, published_level, return_on_capital
from fundarb.domain.instants import HOUR
from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.money import parse
from fundarb.domain.position import Split

LOTS = LotRule(parse("0.001"), parse("0.001"), parse("5"))
PAIR = Pair("A/USDT:USDT", "A/USDT", parse("1"), LOTS, LOTS)
COSTS = PairCosts(parse("0.001"), parse("0.00055"), parse("0"), fee_in_base=False)
CHEAP = PairCosts(parse("0.001"), parse("0.00055"), parse("0.0001"), fee_in_base=False)
DEFAULT_RATES = [("0.0001", 8), ("0.00005", 4), ("0.000025", 2), ("0.0000125", 1)]


def printed(values: Iterable[Decimal | Fraction | float | None]) -> str:
    return "  ".join("None" if value is None else f"{float(value):.10g}" for value in values)


def test_m01_a_carry_trade_splits_into_funding_price_and_fees() -> None:
    book = Book()
    book.apply_all(open_lines(0, PAIR, parse("10"), parse("100"), parse("100.2"), COSTS, "rate"))
    held = book.positions[PAIR.symbol]
    for hour, mark, rate in ((8, "101", "0.0003"), (16, "99", "-0.0001"), (24, "102", "0.0002")):
        book.apply(funding_line(hour * HOUR, held, parse(mark), parse(rate)))
    book.apply_all(close_lines(25 * HOUR, PAIR, held, parse("102.5"), parse("102.55"), COSTS, "rate"))
    split = book.closed[0].split
    assert split == Split(funding=parse("0.408"), price=parse("1.5"), fees=parse("3.140125"))
    assert split.net == book.cash == parse("-1.232125")


def test_m02_funding_is_paid_on_the_mark_not_on_the_entry() -> None:
    marks, rate, qty = [parse("100"), parse("120"), parse("150")], parse("0.0001"), parse("1")
    assert sum(payment(qty, mark, rate) for mark in marks) == parse("0.037")
    assert sum(payment(qty, marks[0], rate) for _ in marks) == parse("0.03")


def test_m03_simple_apr_of_the_default_rate_is_the_same_at_every_interval() -> None:
    assert [apr(parse(rate), hours * HOUR) for rate, hours in DEFAULT_RATES] == [Fraction("0.1095")] * 4


def test_m04_compounded_apr() -> None:
    values = [compounded_apr(parse(rate), hours * HOUR) for rate, hours in DEFAULT_RATES]
    assert printed(values) == "0.1157139628  0.1157170168  0.1157185438  0.1157193074"


def test_m08_round_trip_and_its_break_even() -> None:
    cost = round_trip(CHEAP.fee_spot, CHEAP.fee_perp, CHEAP.slippage)
    assert round_trip_bp(CHEAP) == 35
    assert [break_even_periods(cost, parse("0.0001")), break_even_periods(cost, parse("0.0003"))] == [35, 12]
    hours = hours_to_break_even(cost, parse("0.0001"), 8 * HOUR)
    assert hours is not None
    assert printed([hours / 24]) == "11.66666667"


def test_m09_isolated_liquidation_level_by_leverage() -> None:
    levels = [
        liquidation_level(parse("100"), parse(leverage), parse("0.005"), parse("0"))
        for leverage in ("1", "2", "3", "5", "10")
    ]
    assert printed(levels) == "199.0049751  149.2537313  132.6699834  119.4029851  109.4527363"
    assert levels[0] == parse("199.004975124378")  # one rounding, 12 decimals


def test_m10_published_form_and_the_level_with_the_closing_fee() -> None:
    published = published_level(parse("100"), parse("3"), parse("0.005"))
    with_fee = liquidation_level(parse("100"), parse("3"), parse("0.005"), parse("0.00055"))
    assert printed([published, with_fee]) == "132.8333333  132.5974177"


def test_m11_cross_margin_counts_spot_at_its_collateral_ratio() -> None:
    cases = [("0", "0.95"), ("0", "0.90"), ("0", "0.80"), ("33.333333333333333333", "0"), ("-20", "0.95")]
    levels = [
        cross_level(parse("100"), parse("1"), parse(cash), parse("0.005"), [(None, parse(ratio))])
        for cash, ratio in cases
    ]
    assert printed(levels) == "1818.181818  952.3809524  487.804878  132.6699834  1454.545455"


def test_m14_return_on_capital() -> None:
    assert return_on_capital(parse("0.1095"), parse("3")) == Fraction("0.082125")
    assert return_on_capital(parse("0.1095"), parse("2"), buffer=parse("0.1")) == Fraction("0.0684375")
