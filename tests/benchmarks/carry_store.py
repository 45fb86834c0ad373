"""The carry-year workload as a database: written in the import layout and imported as anybody's files would be."""

from __future__ import annotations

import tempfile
from pathlib import Path

from fundarb.adapters.layout.importing import silent
from fundarb.bootstrap.data import import_market
from fundarb.domain.instants import HOUR
from fundarb.domain.money import canonical, of_float
from fundarb.signals.panel import CandleRows, Panel
from tests.benchmarks.carry_year import carry_panel

INSTRUMENTS = (
    "symbol,spot,multiplier,perp_step,perp_min_qty,perp_min_notional,"
    "spot_step,spot_min_qty,spot_min_notional,first_seen_ms,gone_ms\n"
)


async def store_carry_year(database: Path) -> None:
    """Make the database."""
    panel = carry_panel()
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / f"{name}.csv" for name in ("instruments", "funding", "candles")}
        _write_instruments(panel, files["instruments"])
        _write_funding(panel, files["funding"])
        with files["candles"].open("w") as out:
            out.write("symbol,market,interval,open_time_ms,open,high,low,close,volume\n")
            for market, rows in (("spot", panel.spot), ("perp", panel.perp)):
                for index, pair in enumerate(panel.pairs):
                    out.writelines(_candle_lines(rows, index, f"{pair.symbol},{market},1h"))
        await import_market(database, files, replace=False, progress=silent)


def _write_instruments(panel: Panel, file: Path) -> None:
    lots = "0.0001,0.0001,5"
    lines = [f"{pair.symbol},{pair.spot},1,{lots},{lots},{pair.first_seen_ms},\n" for pair in panel.pairs]
    file.write_text(INSTRUMENTS + "".join(lines))


def _write_funding(panel: Panel, file: Path) -> None:
    settled = panel.settlements
    with file.open("w") as out:
        out.write("symbol,timestamp_ms,rate\n")
        for index, pair in enumerate(panel.pairs):
            rows = settled.rows(index)
            stamps, rates = settled.settled_at[rows].tolist(), settled.rate[rows].tolist()
            for at, rate in zip(stamps, rates, strict=True):
                out.write(f"{pair.symbol},{at},{canonical(of_float(rate))}\n")


def _candle_lines(rows: CandleRows, index: int, head: str) -> list[str]:
    here = rows.rows(index)
    columns = (rows.open_at, rows.open, rows.high, rows.low, rows.close, rows.volume)
    assert (rows.span_ms[here] == HOUR).all()
    return [
        f"{head},{at},{o:.6f},{h:.6f},{low:.6f},{c:.6f},{v:.0f}\n"
        for at, o, h, low, c, v in zip(*(column[here].tolist() for column in columns), strict=True)
    ]
