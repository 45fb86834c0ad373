"""The map of scores: which parameters it shows, what a cell says, and that it fits."""

from __future__ import annotations

from itertools import product

import pytest

from fundarb.domain.trial import Trial
from fundarb.reporting.heatmap import MOST_ROWS, heatmap
from fundarb.reporting.short_names import short_names
from tests.reporting.trials import ENTRY, EXIT, grid, trial


def sharpes(trials: list[Trial]) -> list[float | None]:
    return [one.metrics["sharpe_daily"] for one in trials]


def test_a_cell_a_pair_of_values_shaded_by_score_the_best_marked() -> None:
    made = grid({ENTRY: ["1", "2"], EXIT: ["7", "8", "9"]}, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    assert heatmap(made, sharpes(made), "sharpe_daily", 80).splitlines() == [
        "sharpe_daily over entry (down) and exit (across)",
        "            7       8       9",
        "    1  · 0.00  ░ 1.00  ▒ 2.00",
        "    2  ▓ 3.00  █ 4.00 *█ 5.00",
    ]


def test_of_less_is_better_the_lowest_is_best_and_darkest() -> None:
    made = grid({ENTRY: ["1", "2"], EXIT: ["7", "8"]}, [0.1, 0.2, 0.3, 0.4])
    lines = heatmap(made, sharpes(made), "max_drawdown", 80, less_is_better=True).splitlines()
    assert "*█ 10.00%" in lines[2]
    assert "· 40.00%" in lines[3]
    assert sum(line.count("*") for line in lines) == 1


def test_the_two_parameters_that_matter_are_drawn_and_the_rest_averaged() -> None:
    axes = {"a.idle": ["1", "2"], "b.strong": ["1", "2"], "c.weak": ["1", "2"], "d.fixed": ["1"]}
    made = grid(axes, [10 * strong + weak for _, strong, weak in product(range(2), repeat=3)])
    lines = heatmap(made, sharpes(made), "sharpe_daily", 80).splitlines()
    assert lines[0] == "sharpe_daily over strong (down) and weak (across), mean over 1 other parameter"
    assert "*█ 11.00" in lines[3]


def test_a_single_parameter_is_a_column() -> None:
    made = grid({ENTRY: ["1", "2", "3"]}, [1.0, 3.0, 2.0])
    assert heatmap(made, sharpes(made), "sharpe_daily", 80).splitlines() == [
        "sharpe_daily over entry (down)",
        "    1  · 1.00",
        "    2 *█ 3.00",
        "    3  ▒ 2.00",
    ]


def test_sets_that_were_skipped_or_have_no_score_leave_their_cell_open() -> None:
    made = grid({ENTRY: ["1", None], EXIT: ["7", "8"]}, [1.0, None, 3.0, float("nan")])
    lines = heatmap(made, sharpes(made), "sharpe_daily", 80).splitlines()
    assert lines[2].split() == ["1", "·", "1.00", "-"]
    assert lines[3].split() == ["null", "*█", "3.00", "-"]


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_it_is_never_wider_or_longer_than_there_is_room(width: int) -> None:
    axes = {ENTRY: [f"0.{n:05}" for n in range(57)], EXIT: [f"0.{n:017}" for n in range(83)]}
    made = grid(axes, [float(n % 101) for n in range(57 * 83)])
    lines = heatmap(made, sharpes(made), "sharpe_daily", width).splitlines()
    assert max(map(len, lines)) <= width
    assert len(lines) <= MOST_ROWS + 3
    assert "…" in lines[-1]


def test_there_is_no_map_without_a_grid_scores_or_room() -> None:
    placed = grid({ENTRY: ["1", "2"], EXIT: ["7", "8"]}, [1.0, 2.0, 3.0, 4.0])
    assert heatmap(placed, sharpes(placed), "sharpe_daily", 30) == ""
    assert heatmap(placed, [None, None, None, 1.0], "sharpe_daily", 80) == ""
    loose = [trial(n, {ENTRY: str(n)}, None, 1.0) for n in range(5)]
    assert heatmap(loose, sharpes(loose), "sharpe_daily", 80) == ""
    single = grid({ENTRY: ["1"]}, [1.0])
    assert heatmap(single * 2, [1.0, 1.0], "sharpe_daily", 80) == ""
    assert heatmap([], [], "sharpe_daily", 80) == ""


def test_equal_scores_are_one_shade() -> None:
    made = grid({ENTRY: ["1", "2"]}, [2.0, 2.0])
    assert heatmap(made, sharpes(made), "sharpe_daily", 80).count("█") == 2


def test_short_names_are_no_longer_than_it_takes() -> None:
    assert short_names(["strategy.simple.entry", "risk.max_positions"]) == {
        "strategy.simple.entry": "entry",
        "risk.max_positions": "max_positions",
    }
    assert list(short_names(["strategy.band.exit", "strategy.composite.exit"]).values()) == [
        "band.exit",
        "composite.exit",
    ]
    assert short_names(["capital", "x.capital"]) == {"capital": "capital", "x.capital": "x.capital"}
    assert short_names([]) == {}
