"""A file large enough that its import can be met in the middle."""

from __future__ import annotations

from pathlib import Path

INSTRUMENTS = (
    "symbol,spot,multiplier,perp_step,perp_min_qty,perp_min_notional,spot_step,spot_min_qty,spot_min_notional,"
    "first_seen_ms,gone_ms\n"
    "BTC/USDT:USDT,BTC/USDT,1,0.001,0.001,5,0.001,0.001,5,,\n"
)
MINUTE = 60_000
START = 1_577_836_800_000


def write_big(directory: Path, rows: int) -> dict[str, Path]:
    """Instruments, and minute candles of one perp."""
    paths = {"instruments": directory / "instruments.csv", "candles": directory / "candles.csv"}
    paths["instruments"].write_text(INSTRUMENTS)
    with paths["candles"].open("w") as file:
        file.write("symbol,market,interval,open_time_ms,open,high,low,close,volume\n")
        file.writelines(
            f"BTC/USDT:USDT,perp,1m,{START + row * MINUTE},100.{row % 97},101,99.5,100.{row % 89},{row % 1000}.5\n"
            for row in range(rows)
        )
    return paths


def options(paths: dict[str, Path]) -> list[str]:
    """As the options of `data import`."""
    return [word for kind, path in paths.items() for word in (f"--{kind}", str(path))]
