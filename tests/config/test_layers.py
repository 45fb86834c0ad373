"""defaults < files < `<db>.runtime.yaml` < environment < --set < options, and every value knows where it came from."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from fundarb.config import resolve
from fundarb.errors import InputFileMissing
from tests.config.asking import DATABASE, origin, refused, resolved, value

PATH = "strategy.mode"


def write(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_each_layer_wins_over_those_before_it_and_names_itself() -> None:
    write("configs/default.yaml", "# mine\nstrategy:\n  mode: composite\n")
    steps: list[tuple[str, str]] = []

    def note(**sources: object) -> None:
        arguments = {"files": (), "environ": {}, "sets": (), "options": {}, "database": DATABASE} | sources
        found = resolve(**arguments)  # type: ignore[arg-type]  # sources by name, each of its own type
        steps.append((value(found, PATH), origin(found, PATH)))

    env, sets, options = {"FUNDARB__STRATEGY__MODE": "cash"}, [f"{PATH}=simple"], {"--mode": "band"}
    note()
    files = [write("a.yaml", "strategy: {mode: band}"), write("b.yaml", "\n\nstrategy.mode: hold\n")]
    note(files=files[:1])
    note(files=files)
    write("data/x.db.runtime.yaml", "strategy:\n  mode: simple\n")
    note(files=files)
    note(files=files, environ=env)
    note(files=files, environ=env, sets=sets)
    note(files=files, environ=env, sets=sets, options=options)
    assert steps == [
        ("composite", "configs/default.yaml:3"),
        ("band", "a.yaml:1"),
        ("hold", "b.yaml:3"),
        ("simple", "data/x.db.runtime.yaml:2"),
        ("cash", "environment FUNDARB__STRATEGY__MODE"),
        ("simple", "--set"),
        ("band", "--mode"),
    ]


def test_a_file_that_is_named_replaces_the_one_beside_the_user() -> None:
    write("configs/default.yaml", "capital: 1\n")
    assert value(resolve([write("a.yaml", "")], {}, (), {}, DATABASE), "capital") == "10000"


def test_an_option_that_was_not_given_says_nothing() -> None:
    assert origin(resolved(options={"--mode": None, "--pairs": "BTC"}), PATH) == "default"
    assert origin(resolved(options={"--pairs": "BTC"}), "universe.pairs") == "--pairs"


def test_of_two_sets_the_last_wins() -> None:
    assert value(resolved(sets=["capital=1", "capital=2"]), "capital") == "2"


def test_a_mapping_merges_and_a_list_replaces() -> None:
    text = "costs: {fee_spot: 0.002}\nuniverse: {pairs: [BTC, ETH]}\n"
    found = resolved(text, sets=["costs.fee_perp=0.003", "universe.pairs=SOL"]).settings
    assert (found.costs.fee_spot, found.costs.fee_perp) == (Decimal("0.002"), Decimal("0.003"))
    assert found.universe.pairs == ("SOL",)


@pytest.mark.parametrize("nothing", ["null", "~", "", "{}"])
def test_null_drops_what_files_said_of_single_pairs(nothing: str) -> None:
    text = "costs: {pairs: {BTC: {fee_spot: 0}}}\n"
    assert resolved(text, sets=[f"costs.pairs={nothing}"]).settings.costs.pairs == {}
    assert list(resolved(text).settings.costs.pairs) == ["BTC"]


@pytest.mark.parametrize(
    "name", ["FUNDARB__SIZING__SIZE_USD", "fundarb__sizing__size_usd", "Fundarb__Sizing__Size_Usd"]
)
def test_environment_names_may_be_in_any_case(name: str) -> None:
    found = resolved(env={name: "77", "FUNDARB_CAPITAL": "1", "OTHER": "2"})
    assert value(found, "sizing.size_usd") == "77"
    assert origin(found, "sizing.size_usd") == f"environment {name}"
    assert value(found, "capital") == "10000"


def test_environment_reaches_the_costs_of_a_pair() -> None:
    found = resolved(env={"fundarb__costs__pairs__btcusdt__slippage_bps": "2"})
    assert found.settings.costs.pairs["BTCUSDT"].slippage_bps == 2


def test_two_spellings_of_one_variable_are_refused() -> None:
    (line,) = refused(env={"FUNDARB__CAPITAL": "1", "fundarb__capital": "2"})
    assert line == "environment fundarb__capital: capital: is also set by FUNDARB__CAPITAL; keep one of them"


def test_keys_with_dots_mean_the_same_in_yaml() -> None:
    found = resolved("strategy.simple.exit: 0.00002\nstrategy:\n  simple:\n    entry: 0.0002\n")
    assert found.settings.strategy.simple.exit == Decimal("0.00002")
    assert origin(found, "strategy.simple.entry") == "c.yaml:4"


def test_files_that_are_not_there_are_named_all_at_once() -> None:
    with pytest.raises(InputFileMissing) as caught:
        resolve([Path("no.yaml"), Path("."), Path("nor.yaml")], {}, (), {}, DATABASE)
    assert caught.value.exit_code == 2
    assert [word in str(caught.value) for word in ("no.yaml", ". is a directory", "nor.yaml")] == [True] * 3


def test_rows_list_every_parameter_once_in_the_order_of_the_classes() -> None:
    paths = [path for path, _, _ in resolved(sets=["costs.pairs.BTC.fee_spot=0"]).rows()]
    assert len(paths) == len(set(paths)) == 70
    assert paths[0] == "capital"
    assert paths.index("costs.impact_k") + 1 == paths.index("costs.pairs.BTC.fee_spot")
