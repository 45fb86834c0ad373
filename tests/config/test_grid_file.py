"""A grid file is read value by value: what it means, and every problem in it by its line."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from fundarb.config.grid import Constraint, Grid
from fundarb.config.grid_file import find_grid, read_grid
from fundarb.config.templates import GRID
from fundarb.errors import ConfigError, InputFileMissing
from fundarb.research.search.space import Axis

FILE = Path("g.yaml")
ENTRY = "strategy.simple.entry"


def grid(text: str) -> Grid:
    FILE.write_text(text)
    return read_grid(FILE)


def refused(text: str) -> list[str]:
    FILE.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_grid(FILE)
    assert caught.value.exit_code == 78
    return str(caught.value).splitlines()


def axis(written: str, path: str = ENTRY) -> tuple[str | None, ...]:
    (found,) = grid(f"parameters:\n  {path}: {written}\n").space.axes
    assert found.path == path
    return found.values


def test_the_starter_is_read_as_it_is_written() -> None:
    found = grid(GRID)
    assert (found.method, found.seed, found.trials) == ("grid", 1, None)
    assert found.fixed == {"strategy.mode": "composite"}
    assert found.space.shape == (5, 4, 3, 3)
    assert found.space.axes[2] == Axis("strategy.composite.weights.carry", ("0.35", "0.7", "1.4"))
    assert found.constraints == (Constraint("strategy.composite.exit", "<", "strategy.composite.enter"),)


@pytest.mark.parametrize(
    ("written", "values"),
    [
        ("[0.0003, 0.00040, 5e-4]", ("0.0003", "0.0004", "0.0005")),
        ("{min: 0.0001, max: 0.0003, step: 0.0001}", ("0.0001", "0.0002", "0.0003")),
        ("{min: 0.1, max: 0.35, step: 0.1}", ("0.1", "0.2", "0.3")),
        ("{min: 0, max: 1, num: 4}", ("0", "0.333333333333", "0.666666666667", "1")),
        ("{min: 0.0001, max: 0.01, num: 3, log: true}", ("0.0001", "0.001", "0.01")),
        ("{min: 0.2, max: 0.2, num: 1}", ("0.2",)),
    ],
)
def test_lists_and_ranges_are_exact_values(written: str, values: tuple[str, ...]) -> None:
    assert axis(written) == values


def test_a_whole_number_takes_the_nearest_whole_ones_each_once() -> None:
    assert axis("{min: 1, max: 8, num: 6, log: true}", "risk.max_positions") == ("1", "2", "3", "5", "8")


def test_null_and_words_are_values_too() -> None:
    assert axis("[null, 0.0003]", "strategy.band.enter") == (None, "0.0003")
    assert axis("[simple, composite]", "strategy.mode") == ("simple", "composite")
    assert axis("[true, false]", "strategy.composite.rotate") == ("true", "false")
    assert axis("[null, 24]", "strategy.min_hold_h") == ("0", "24")
    tiers = axis("[[10000:0.9], [10000:0.9, 50000:0.8]]", "margin.tiers")
    assert tiers == ("[10000:0.9]", "[10000:0.9, 50000:0.8]")


def test_paths_may_be_nested_and_axes_keep_the_order_of_the_file() -> None:
    text = (
        "parameters:\n  strategy:\n    simple:\n      exit: [0.00005]\n      entry: [0.0003]\n  sizing.rho: [0, 0.5]\n"
    )
    assert [one.path for one in grid(text).space.axes] == ["strategy.simple.exit", ENTRY, "sizing.rho"]


def test_costs_of_one_pair_can_be_varied() -> None:
    assert axis("[1, 2]", "costs.pairs.BTC.slippage_bps") == ("1", "2")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "g.yaml:1: is no grid; allowed"),
        ("- 1\n", "g.yaml:1: is no grid"),
        ("method: grid\n", "g.yaml:1: parameters: is empty: nothing is varied"),
        ("parameters: {}\n", "g.yaml:1: parameters: is empty"),
        ("parameters: [a]\n", "g.yaml:1: parameters: is no mapping"),
        ("parameter: {}\n", "g.yaml:1: parameter: no such key; did you mean parameters?"),
        (
            f"method: gird\nparameters: {{{ENTRY}: [0.0003]}}\n",
            "g.yaml:1: method: 'gird' is not one of the choices; did you",
        ),
        (f"method: random\nparameters: {{{ENTRY}: [0.0003]}}\n", "g.yaml:1: method: random needs to know how many"),
        (f"trials: none\nparameters: {{{ENTRY}: [0.0003]}}\n", "g.yaml:1: trials: 'none' is not a number"),
        (f"trials: 0\nparameters: {{{ENTRY}: [0.0003]}}\n", "g.yaml:1: trials: 0 is out of bounds"),
        (f"seed: 1.5\nparameters: {{{ENTRY}: [0.0003]}}\n", "g.yaml:1: seed: '1.5' is not a whole number"),
        (
            "parameters:\n  strategy.simple.entri: [1]\n",
            f"g.yaml:2: strategy.simple.entri: no such key; did you mean {ENTRY}?",
        ),
        (f"parameters:\n  {ENTRY}: [x]\n", f"g.yaml:2: {ENTRY}: x is not a number; allowed: a number from -1 to 1"),
        (f"parameters:\n  {ENTRY}:\n    - 0.1\n    - 7\n", f"g.yaml:4: {ENTRY}: 7 is out of bounds"),
        (f"parameters:\n  {ENTRY}: []\n", f"g.yaml:2: {ENTRY}: names no value"),
        (f"parameters:\n  {ENTRY}: 3\n", f"g.yaml:2: {ENTRY}: a single value is nothing to vary"),
        (f"parameters:\n  {ENTRY}: [0.1, 0.10]\n", f"g.yaml:2: {ENTRY}: takes 0.1 twice"),
        (f"parameters:\n  {ENTRY}: [{{a: 1}}]\n", f"g.yaml:2: {ENTRY}: an item of the list is no value"),
        (f"parameters:\n  {ENTRY}: {{min: 2, max: 1, step: 1}}\n", f"g.yaml:2: {ENTRY}: min 2 is above max 1"),
        (
            f"parameters:\n  {ENTRY}: {{min: 0, max: 1, step: 0}}\n",
            f"g.yaml:2: {ENTRY}: the range step 0 is not above 0",
        ),
        (f"parameters:\n  {ENTRY}: {{min: 0, max: 1}}\n", f"g.yaml:2: {ENTRY}: the range is not whole"),
        (
            f"parameters:\n  {ENTRY}: {{min: 0, max: 1, stop: 3}}\n",
            f"g.yaml:2: {ENTRY}: the range stop has no place in it",
        ),
        (
            f"parameters:\n  {ENTRY}: {{min: 0, max: 1, num: 3, log: true}}\n",
            f"g.yaml:2: {ENTRY}: min 0 is not above 0",
        ),
        (f"parameters:\n  {ENTRY}: {{min: 0, max: 1, num: 1}}\n", f"g.yaml:2: {ENTRY}: the range num 1 is too few"),
        (
            f"parameters:\n  {ENTRY}: {{min: 0, max: 1, step: 1e-12}}\n",
            f"g.yaml:2: {ENTRY}: the range makes 1,000,000,000,001",
        ),
        (
            "parameters:\n  strategy.mode: {min: 0, max: 1, step: 1}\n",
            "g.yaml:2: strategy.mode: is no number, so it has no",
        ),
        ("parameters:\n  strategy.simple: [1]\n", "g.yaml:2: strategy.simple: is a section"),
        ("parameters:\n  trade.poll: [1s]\n", "g.yaml:2: trade.poll: nothing under trade changes a result"),
        ("parameters:\n  universe.pairs: [[BTC]]\n", "g.yaml:2: universe.pairs: says which data is read, and of when"),
        ("parameters:\n  api_secret: [fake]\n", "g.yaml:2: api_secret: a secret does not belong into configuration"),
        (f"fixed: {{{ENTRY}: 0.1}}\nparameters:\n  {ENTRY}: [0.1]\n", f"g.yaml:3: {ENTRY}: is fixed above"),
        (f"fixed: {{capital: 0}}\nparameters: {{{ENTRY}: [0.1]}}\n", "g.yaml:1: capital: 0 is out of bounds"),
        (f"fixed: [1]\nparameters: {{{ENTRY}: [0.1]}}\n", "g.yaml:1: fixed: is no mapping"),
        (
            f"parameters: {{{ENTRY}: [0.1]}}\nconstraints: [a b]\n",
            "g.yaml:2: constraints: 'a b' is not written PATH < PATH",
        ),
        (f"parameters: {{{ENTRY}: [0.1]}}\nconstraints: [{ENTRY}x < 1]\n", "neither a number nor a path; did you mean"),
        (f"parameters: {{{ENTRY}: [0.1]}}\nconstraints: [strategy.mode < 1]\n", "strategy.mode is no number"),
        (f"parameters: {{{ENTRY}: [0.1]}}\nseed: 1\nseed: 2\n", "g.yaml:3: seed: is given twice, first at line 2"),
        ("parameters: {\n", "g.yaml:2: not readable as YAML"),
    ],
)
def test_each_problem_is_told_by_its_line(text: str, words: str) -> None:
    assert any(words in line for line in refused(text)), refused(text)


def test_all_problems_are_told_at_once_in_the_order_of_the_file() -> None:
    lines = refused(f"method: x\nparameters:\n  {ENTRY}: [y]\n  capital: [-1]\nconstraints: [z]\n")
    assert [line.split(":")[1] for line in lines] == ["1", "3", "4", "5"]


def test_a_million_million_sets_are_refused_with_their_number_and_what_to_do() -> None:
    range_of = "{min: 1, max: 10000, step: 1}"
    sizes = "".join(f"  sizing.{name}: {range_of}\n" for name in ("size_usd", "size_min", "size_max"))
    (line,) = refused(f"parameters:\n{sizes}")
    assert line.startswith("g.yaml:2: parameters: make 1,000,000,000,000 sets; allowed: at most 1,000,000;")
    assert "sizing.size_usd, has 10,000 values" in line
    assert "method: random with trials" in line
    chosen = grid(f"method: random\ntrials: 5\nparameters:\n{sizes}")
    assert (chosen.trials, chosen.space.size) == (5, 10**12)


@pytest.mark.parametrize("method", ["random", "tpe"])
def test_more_sets_than_have_numbers_are_refused_also_where_only_some_are_drawn(method: str) -> None:
    costs = [f"costs.{name}" for name in ("fee_spot", "fee_perp", "delist_haircut", "slippage_bps")]
    paths = (ENTRY, "strategy.simple.exit", "sizing.size_usd", "risk.pair_cap", *costs)
    sizes = "".join(f"  {path}: {{min: 0.0001, max: 0.1, num: 1000}}\n" for path in paths)
    with pytest.raises(ConfigError) as caught:
        grid(f"method: {method}\ntrials: 5\nparameters:\n{sizes}")
    (line,) = str(caught.value).splitlines()
    assert "make 1,000,000,000,000,000,000,000,000 sets; allowed: at most 9,223,372,036,854,775,807;" in line
    assert line.endswith("has 1,000 values)")


def test_a_name_without_a_slash_is_looked_for_here_then_in_configs() -> None:
    Path("configs").mkdir()
    Path("configs/g.yaml").touch()
    assert find_grid("g.yaml") == Path("configs/g.yaml")
    assert find_grid("./g.yaml") == Path("g.yaml")
    FILE.touch()
    assert find_grid("g.yaml") == FILE


def test_a_file_that_is_not_there_names_the_starter() -> None:
    with pytest.raises(InputFileMissing, match=r"no grid file g\.yaml; `fundarb init` writes a configs/grid\.yaml"):
        read_grid(FILE)


def test_constraints_compare_paths_and_numbers_and_a_null_breaks_none() -> None:
    values: dict[str, object] = {"a": Decimal("0.3"), "b": 2, "off": None}

    def holds(*sides: str | Decimal) -> bool:
        left, comparison, right = sides
        return Constraint(left, str(comparison), right).holds(values.__getitem__)

    assert holds("a", "<", "b")
    assert not holds("a", ">=", "b")
    assert holds("a", "==", Decimal("0.30"))
    assert not holds(Decimal(2), "!=", "b")
    assert holds("a", "<=", Decimal("0.3"))
    assert not holds("a", ">", Decimal("0.3"))
    assert holds("off", "<", "a")
