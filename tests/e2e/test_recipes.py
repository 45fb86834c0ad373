"""Who follows the page on extending fundarb has a strategy and a command that work."""

from __future__ import annotations

import json
import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, Block, blocks
from tests.docs.reader import Reader
from tests.docs.recipe import change, copied_program
from tests.sandbox.running import spawned_sandbox

PAGE = ROOT / "docs/extending.md"


def write_source(program: Path, block: Block) -> None:
    """A file of the program."""
    name = block.named("file")
    assert name, block.place
    assert not (program / name).exists(), f"{name} is taken"
    (program / name).write_text(block.text, encoding="utf-8")


@pytest.mark.slow
def test_a_strategy_and_a_command_are_added_as_the_page_says(filled: Path, tmp_path: Path) -> None:
    with (
        spawned_sandbox("--pairs", "4", "--start", "2025-06-01T00:10Z", "--limit", "0") as exchange,
        ExitStack() as serving,
    ):
        reader = Reader(tmp_path, exchange.url, serving, cold=True)
        shutil.copytree(filled / "data", reader.directory / "data")
        follow(copied_program(tmp_path), reader)
        assert_the_strategy_trades(reader)
        assert json.loads(reader.run("fundarb pairs --format json"))[1] == {"pair": "BTC/USDT:USDT", "spot": "BTC/USDT"}


def follow(program: Path, reader: Reader) -> None:
    """Make the files and the changes of the page, and run its commands with them."""
    reader.environment["PYTHONPATH"] = str(program)
    done = []
    for block in blocks(PAGE):
        done.append(block.language)
        match block.language:
            case "python":
                write_source(program, block)
            case "diff":
                change(program, block)
            case "sh":
                reader.do(block.text)
    assert done == ["python", "diff", "sh", "python", "diff", "sh"]


def assert_the_strategy_trades(reader: Reader) -> None:
    """It enters and leaves by its own rule, and its thresholds can be set and swept."""
    quiet = (
        "--set strategy.patient.entry=0.0001 --set strategy.patient.exit=0.00009 --set strategy.patient.settlements=2"
    )
    (run,) = json.loads(reader.run(f"fundarb backtest --mode patient {quiet} --trades --format json"))["runs"]
    assert run["counts"]["trades"] > 0
    assert {trade["open_reason"] for trade in run["trades"]} == {"rate"}
    (reader.directory / "patient.yaml").write_text(
        "fixed: {strategy.mode: patient, strategy.patient.entry: 0.0001}\n"
        "parameters: {strategy.patient.settlements: [1, 2]}\n"
    )
    paper = "--db paper.db --set universe.pairs=[BTC,ETH] --format jsonl"
    assert '"mode": "patient"' in reader.run(f"fundarb trade --paper --once --mode patient {paper}")
    swept = json.loads(reader.run("fundarb sweep --grid patient.yaml --format json"))
    assert len({one["metrics"]["turnover"] for one in swept["results"]}) == 2
