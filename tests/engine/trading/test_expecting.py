"""A payment stands beside what the ledger, the mark and the published rate led to expect; what does not fit is named."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fundarb.accounting.lines import payment_line
from fundarb.engine.trading.expecting import Expecting
from tests.engine.paper_scene import A, a_scene
from tests.engine.scenes import at

D = Decimal


@pytest.mark.parametrize(
    ("qty", "rate", "flagged"),
    [
        ("10", "0.0002", None),
        ("9.9", "0.0002", "paid for 9.9, the ledger held 10"),
        ("10", "0.0001", "paid at a rate of 0.0001, published was 0.0002"),
    ],
)
async def test_what_was_paid_beside_what_was_due(qty: str, rate: str, flagged: str | None) -> None:
    scene = await a_scene()
    expecting, line = Expecting(scene.ledger.lines), payment_line(at(8), A, D(qty), D(101), D(rate))
    found = expecting.beside(line, scene.view(9, "100"))
    assert (found["expected"], found["qty"], found["rate"], found["mark"]) == ("0.202", "10", "0.0002", "101")
    assert D(found["difference"]) == D(found["booked"]) - D("0.202")
    assert found.get("flagged") == flagged


async def test_a_rate_that_is_not_published_yet_is_taken_from_the_payment() -> None:
    scene = await a_scene()
    found = Expecting(scene.ledger.lines).beside(
        payment_line(at(8), A, D(10), D(101), D("0.0003")), scene.view(7, "100")
    )
    assert (found["expected"], found["difference"]) == ("0.303", "0")


async def test_what_rounding_leaves_is_no_difference_and_an_amount_alone_may_be_one() -> None:
    scene = await a_scene()
    view, line = scene.view(9, "100"), payment_line(at(8), A, D(10), D(101), D("0.0002"))
    expecting = Expecting(scene.ledger.lines)
    assert "flagged" not in expecting.beside(line._replace(cash=line.cash + D("0.000001")), view)
    assert "the amount is not" in expecting.beside(line._replace(cash=-line.cash), view)["flagged"]


async def test_what_is_posted_after_the_start_counts() -> None:
    scene = await a_scene()
    expecting = Expecting(())
    expecting.follow(scene.ledger.lines)
    line = payment_line(at(8), A, D(10), D(101), D("0.0002"))
    assert expecting.beside(line, scene.view(9, "100"))["qty"] == "10"
