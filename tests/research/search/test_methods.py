"""Which set comes next is known from the seed alone; what was learned changes only a guided search."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fundarb.errors import ConfigError
from fundarb.research.search import methods
from fundarb.research.search.feed import Feed
from fundarb.research.search.methods import PATIENCE, TPE_BATCH, Guided, Proposals, every_set, random_sets
from fundarb.research.search.space import Axis, Space

SPACE = Space((Axis("a", tuple(map(str, range(8)))), Axis("b", tuple(map(str, range(9))))))
HUGE = Space(tuple(Axis(name, tuple(map(str, range(10_000)))) for name in "abc"))


def drain(proposals: Proposals, most: int) -> list[int]:
    found: list[int] = []
    while some := proposals.ask(most):
        found += some
    return found


def test_a_grid_is_every_set_in_order() -> None:
    assert drain(every_set(SPACE), 5) == list(range(72))


def test_random_draws_each_set_at_most_once_and_by_its_seed() -> None:
    one, same, other = (drain(random_sets(SPACE, seed, 5), size) for seed, size in ((1, 7), (1, 50), (2, 50)))
    assert one == same
    assert one != other
    assert len(one) == len(set(one)) == PATIENCE * 5
    assert set(drain(random_sets(SPACE, 3, 72), 9)) == set(range(72))


def test_random_draws_from_a_million_million_without_listing_them() -> None:
    found = drain(random_sets(HUGE, 1, 100), 64)
    assert len(set(found)) == len(found) == PATIENCE * 100
    assert max(found) > 10**11


WIDE = Space((Axis("a", tuple(map(str, range(40)))), Axis("b", tuple(map(str, range(40))))))


def guided(
    score: Callable[[int], float | None], trials: int, refused: frozenset[int] = frozenset(), space: Space = SPACE
) -> list[int]:
    """Every set a guided search runs, answered one by one."""
    ran: list[int] = []

    def make(place: tuple[int, ...]) -> Any:
        return None if space.number(place) in refused else "setup"

    feed = Feed(space, Guided(space, 7, trials, "g.yaml"), make, trials)
    while some := feed.take(3):
        for ready in some:
            ran.append(ready.number)
            found = score(ready.number)
            feed.answer(ready.number, float("nan") if found is None else found)
    return ran


def test_a_guided_search_stays_on_the_grid_and_runs_no_set_twice() -> None:
    ran = guided(lambda number: -abs(number - 40), 40)
    assert len(ran) == len(set(ran)) == 40
    assert ran == guided(lambda number: -abs(number - 40), 40)
    assert all(0 <= number < 72 for number in ran)


def test_it_learns_from_what_it_is_told() -> None:
    towards = guided(lambda number: -float(number), 80, space=WIDE)
    away = guided(lambda number: float(number), 80, space=WIDE)
    assert towards[: TPE_BATCH // 2] == away[: TPE_BATCH // 2]
    late = slice(2 * TPE_BATCH, 80)
    assert 2 * sum(towards[late]) < sum(away[late])


def test_without_scores_it_ends_and_refused_sets_are_not_run() -> None:
    refused = frozenset(range(0, 72, 2))
    ran = guided(lambda _: None, 72, refused)
    assert not refused & set(ran)
    assert len(ran) == len(set(ran)) <= 36


def test_a_guided_search_ends_with_the_last_set_there_is() -> None:
    small = Space((Axis("a", ("0", "1")), Axis("b", ("0", "1", "2"))))
    asked: list[int] = []

    class Counted(Guided):
        def ask(self, most: int) -> list[int]:
            found = super().ask(most)
            asked.extend(found)
            return found

    counted = Counted(small, 7, 1000, "g.yaml")
    feed = Feed(small, counted, lambda place: None if place == (0, 0) else "set", 1000)  # type: ignore[arg-type,return-value]  # any word serves
    ran: list[int] = []
    while some := feed.take(3):
        for ready in some:
            ran.append(ready.number)
            feed.answer(ready.number, 1.0)
    assert sorted(ran) == [1, 2, 3, 4, 5]
    assert len(asked) < 20 * TPE_BATCH < PATIENCE * 1000


def test_without_optuna_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(methods, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r"g\.yaml: method: tpe needs optuna.*install fundarb\[tpe\] or take random"):
        Guided(SPACE, 1, 5, "g.yaml")


def test_a_feed_leaves_out_what_is_refused_and_stops_at_its_limit() -> None:
    def make(place: tuple[int, ...]) -> Any:
        return None if place[0] == 0 else "setup"

    feed = Feed(SPACE, every_set(SPACE), make, 10)
    assert [ready.number for ready in feed.take(4)] == [9, 10, 11, 12]
    assert [ready.number for ready in feed.take(100)] == list(range(13, 19))
    assert feed.take(1) == []
    assert (feed.made, feed.skipped) == (10, 9)
