"""What the commands that show runs are asked alike: the range, the modes, the pairs, and which views of the result."""

from __future__ import annotations

from typing import Annotated

import typer

From = Annotated[
    str | None, typer.Option("--from", metavar="TIME", help="Start of the range. Default: the first settlement.")
]
To = Annotated[
    str | None, typer.Option("--to", metavar="TIME", help="End. Default: the newest time both legs of a pair open.")
]
Modes = Annotated[
    str | None,
    typer.Option("--mode", metavar="MODES", help="Of simple, composite, band, hold, cash; several by comma."),
]
Pairs = Annotated[str | None, typer.Option("--pairs", metavar="PAIRS", help="Only these; several by comma.")]
Trades = Annotated[bool, typer.Option("--trades", help="Show the trades.")]
Equity = Annotated[bool, typer.Option("--equity", help="Show the equity curve.")]
Plot = Annotated[
    bool, typer.Option("--plot/--no-plot", help="Draw equity, or payments, below the table, on a terminal only.")
]
