"""An open breaker stops entries and is told of once; so is that it closed."""

from __future__ import annotations

import json

from fundarb.engine.breaker import CircuitBreaker
from fundarb.engine.trading.breakers import Breakers
from fundarb.engine.trading.disk_room import LEAST, DiskRoom
from fundarb.risk.gate import FREE, Standing


def test_it_stops_entries_while_it_is_open_and_is_told_once_each_way() -> None:
    time = [0]
    orders, reads = (CircuitBreaker(lambda: time[0], failures=2, cooldown_ms=1000) for _ in range(2))
    breakers = Breakers({"orders": orders, "reads": reads})
    assert breakers.under(FREE) == FREE
    assert breakers.news(1) == []
    for _ in range(2):
        orders.failed("no answer")
    notices = Standing(notices=frozenset({"A"}))
    assert breakers.under(notices) == Standing(all_halted=True, notices=frozenset({"A"}))
    told = [*breakers.news(2), *breakers.news(3)]
    time[0] = 1000
    assert breakers.under(FREE) == FREE
    assert breakers.news(4) == []
    orders.succeeded()
    told += [*breakers.news(5), *breakers.news(6)]
    assert [(one.at_ms, one.name, json.loads(one.data or "")) for one in told] == [
        (2, "breaker", {"guards": "orders", "state": "open", "why": "no answer"}),
        (5, "breaker", {"guards": "orders", "state": "closed", "why": None}),
    ]


def test_a_disk_that_fills_up_stops_entries_before_it_stops_the_journal() -> None:
    free = [LEAST]
    breakers = Breakers({"the disk": DiskRoom(lambda: free[0])})
    assert breakers.under(FREE) == FREE
    free[0] = LEAST - 1
    assert breakers.under(FREE).all_halted
    (told,) = breakers.news(1)
    assert json.loads(told.data or "") == {
        "guards": "the disk",
        "state": "open",
        "why": "63 MB free, at least 64 are wanted",
    }
    free[0] = LEAST
    assert breakers.under(FREE) == FREE
    assert [json.loads(one.data or "")["state"] for one in breakers.news(2)] == ["closed"]
