"""The long campaign of tests/engine/test_conservation.py: thousands of wide markets on which money comes from somewhere."""

from __future__ import annotations

from tests.engine.test_conservation import EVENTS, befallen


def test_no_capital_comes_from_anything_on_thousands_of_markets() -> None:
    seen = befallen(range(80, 2000), range(30, 1000))
    print(dict(sorted(seen.items())))  # noqa: T201 (the table of the campaign)
    assert set(seen) == EVENTS
    assert sum(count >= 24 for count in seen.values()) > len(EVENTS) / 2
