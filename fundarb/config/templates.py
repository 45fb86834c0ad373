"""What `init` writes: a commented configuration with every key, a sweep grid, an example of .env.

The configuration is generated from the parameter classes, so a key, a default or a bound cannot be told wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap

from fundarb.config.schema import Leaf, Section
from fundarb.config.settings import SCHEMA
from fundarb.errors import StorageError, UsageError

_WIDTH = 110
_HEAD = """\
# fundarb reads this file from the directory it is started in; `-c FILE` takes another one instead.
# Every key stands here with its packaged default; a line that is removed falls back to it.
# Order: defaults < files < dashboard < environment (FUNDARB__SIZING__SIZE_USD=500) < --set sizing.size_usd=500.
# Rates and fees are fractions (0.0001 = 1 bp), slippage is in basis points, times are 10s, 8h, 90d.
# API keys never stand here: see .env.example. `fundarb config check` checks, `fundarb config show` explains.
"""
_PAIR_EXAMPLE = """\
  # A pair may be written BTC, BTCUSDT or BTC/USDT:USDT:
  #   BTC: {slippage_bps: 1, fee_spot: 0.0008, fee_perp: 0.0004}
"""
GRID = """\
# A sweep: `fundarb sweep --grid grid.yaml` tries every combination of `parameters` on the stored data.
# Paths are those of configs/default.yaml; combinations that configuration refuses are left out and counted.

# grid: all combinations; random: `trials` of them by `seed`; tpe: guided search (extra `tpe`).
method: grid
seed: 1

# What holds in every trial.
fixed:
  strategy.mode: composite

# Values to try: a list, {min, max, step}, or {min, max, num, log} (log: true spaces them evenly in ratio).
parameters:
  strategy.composite.enter: {min: 0.50, max: 0.70, step: 0.05}
  strategy.composite.exit: [0.30, 0.35, 0.40, 0.45]
  strategy.composite.weights.carry: {min: 0.35, max: 1.40, num: 3, log: true}
  strategy.min_hold_h: [0, 24, 72]

# Combinations that break one of these are not tried.
constraints:
  - strategy.composite.exit < strategy.composite.enter
"""
ENV_EXAMPLE = """\
# Keys for live trading; data, backtests and paper trading need none.
# cp .env.example .env && chmod 600 .env, then fill in. fundarb refuses a .env of any other mode.
# Use a key of a sub-account of its own, without the right to withdraw.
FUNDARB_API_KEY=
FUNDARB_API_SECRET=
"""


def default_yaml() -> str:
    """The commented configuration: every key, its default, its meaning and what is allowed."""
    return "\n".join([_HEAD, *_section(SCHEMA, "")]) + "\n"


def starter_files() -> dict[str, str]:
    """Path below the working directory to content."""
    return {"configs/default.yaml": default_yaml(), "configs/grid.yaml": GRID, ".env.example": ENV_EXAMPLE}


def write_starter(directory: Path, force: bool) -> list[Path]:
    """Write the starter files beneath `directory`; without `force` none of them may exist, or nothing is written."""
    contents = {directory / name: text for name, text in starter_files().items()}
    present = [str(path) for path in contents if path.exists() or path.is_symlink()]
    if present and not force:
        raise UsageError(f"already there: {', '.join(present)}; nothing was written; --force overwrites")
    for path, text in contents.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise StorageError(f"cannot write {path}: {error.strerror}; choose a directory you may write to") from None
    return list(contents)


def _section(section: Section, indent: str) -> Iterator[str]:
    after_section = False
    for name, child in section.children.items():
        if isinstance(child, Leaf):
            yield from [""] * after_section
            yield from _comment(f"{_sentence(child.meaning)} [{child.allowed}]", indent)
            yield f"{indent}{name}: {_yaml_value(child)}"
        elif child.each is not None:
            yield from _comment(_sentence(child.meaning), indent)
            yield _PAIR_EXAMPLE.rstrip("\n")
            yield f"{indent}{name}: {{}}"
        else:
            yield from ["", *_comment(_sentence(child.meaning), indent), f"{indent}{name}:"]
            yield from _section(child, f"{indent}  ")
        after_section = isinstance(child, Section) and child.each is None


def _sentence(text: str) -> str:
    """With a full stop, and a capital unless it begins with the name of a choice (`fixed: …`)."""
    first = text.partition(" ")[0]
    return (text if first.endswith(":") else text[0].upper() + text[1:]).rstrip(".") + "."


def _comment(text: str, indent: str) -> Iterator[str]:
    lines = wrap(text, _WIDTH - len(indent) - 2, break_on_hyphens=False)
    yield from (f"{indent}# {line}" for line in lines)


def _yaml_value(leaf: Leaf) -> str:
    text = leaf.text(leaf.default)
    return "null" if text is None else text
