"""Every way a row can be wrong is named by file, line, value and what is allowed; nothing is stored."""

from __future__ import annotations

import gzip
import re
from typing import Unpack

import pytest

from fundarb.errors import BadRow
from tests.adapters.layout.files import BTC, BTC_ROW, CANDLES, FUNDING, HOUR, INSTRUMENTS, T0, Files, Folder, rates

GOOD = f"{BTC},perp,1h,{T0},1.5,2,1.25,1.75,10"
BAD_CANDLES = {
    "open must be above 0, got 0": {"open": "0"},
    "low must be above 0, got -1": {"low": "-1"},
    "close must be above 0, got 0.000": {"close": "0.000"},
    "high 1.2 is below low 1.25": {"high": "1.2"},
    "high 1.25000000000000000001 is below low 1.25000000000000000002": {
        "high": "1.25000000000000000001",
        "low": "1.25000000000000000002",
    },
    "open: not a number: 'nan'": {"open": "nan"},
    "close: not a number: 'inf'": {"close": "inf"},
    "close: not a number: '1_000'": {"close": "1_000"},
    "open: not a number: '1.2.3'": {"open": "1.2.3"},
    "open: not a number: '10.05.00'": {"open": "10.05.00"},
    "open: not a number: '١'": {"open": "١"},
    "open is blank; a number is needed": {"open": ""},
    "close: more than 30 decimals": {"close": "1." + "0" * 30 + "1"},
    "volume must not be negative, got -1": {"volume": "-1"},
    "volume is blank; a number is needed": {"volume": ""},
    "market must be spot, perp, mark, got 'swap'": {"market": "swap"},
    "interval must be like 1m, 5m, 15m, 30m, 1h, 2h, 4h, 8h, 1d, got '1M'": {"interval": "1M"},
    "got '0h'": {"interval": "0h"},
    "got '60'": {"interval": "60"},
    "open_time_ms must be whole milliseconds UTC, got 1704067200000.5": {"open_time_ms": "1704067200000.5"},
    "open_time_ms must be milliseconds UTC from 2000-01-01T00:00:00Z to 2100-01-01T00:00:00Z, got 1704067200": {
        "open_time_ms": "1704067200"
    },
    "got 1704067200000000": {"open_time_ms": "1704067200000000"},
    "got 999999999999999": {"open_time_ms": "999999999999999"},
    "open_time_ms: not a number: '2024-01-01'": {"open_time_ms": "2024-01-01"},
    "unknown symbol 'DOGE/USDT:USDT': neither stored nor in --instruments": {"symbol": "DOGE/USDT:USDT"},
    "unknown symbol ''": {"symbol": ""},
}
BAD_INSTRUMENTS = {
    "perp_step must be above 0, got 0": {"perp_step": "0"},
    "spot_step is blank; a number is needed": {"spot_step": ""},
    "perp_step must be above 0, got -0.1": {"perp_step": "-0.1"},
    "multiplier must be above 0, got 0": {"multiplier": "0"},
    "multiplier is blank": {"multiplier": ""},
    "perp_min_qty must not be negative, got -1": {"perp_min_qty": "-1"},
    "spot_min_notional is blank": {"spot_min_notional": ""},
    "symbol must be a perp's, like BTC/USDT:USDT, got 'BTC/USDT'": {"symbol": "BTC/USDT"},
    "spot must be a spot market's symbol, like BTC/USDT, or blank, got 'BTC'": {"spot": "BTC"},
    f"gone_ms {T0} must come after first_seen_ms {T0}": {"first_seen_ms": str(T0), "gone_ms": str(T0)},
    "gone_ms must be milliseconds UTC": {"gone_ms": "12"},
}
BAD_RATES = {
    "rate: not a number: 'abc'": f"{BTC},{T0},abc",
    "rate is blank; a number is needed": f"{BTC},{T0},",
    "timestamp_ms is blank": f"{BTC},,0.1",
    "4 fields where the header names 3 (symbol,timestamp_ms,rate)": f"{BTC},{T0},0.1,7",
    "5 fields where the header names 3": f"junk,junk,{BTC},{T0},0.1",
    "2 fields where the header names 3": f"{BTC},{T0}",
    "not a CSV row": f'{BTC},{T0},"0.1',
}


def changed(header: str, row: str, fields: dict[str, str]) -> str:
    """The row with some fields changed."""
    return ",".join((dict(zip(header.split(","), row.split(","), strict=True)) | fields).values())


async def refuse(folder: Folder, told: str, **files: Unpack[Files]) -> None:
    """The import is refused with these words, and nothing is stored."""
    with pytest.raises(BadRow) as refused:
        await folder.import_(**files)
    assert re.search(told, str(refused.value)), str(refused.value)
    assert await folder.exported("instruments") == []


@pytest.mark.parametrize("told", BAD_CANDLES)
async def test_a_bad_candle(folder: Folder, told: str) -> None:
    bad = changed(CANDLES, GOOD, BAD_CANDLES[told])
    candles = folder.candles(GOOD, "", bad, GOOD)
    await refuse(folder, rf"candles\.csv:4: .*{re.escape(told)}", instruments=folder.instruments(), candles=candles)


@pytest.mark.parametrize("told", BAD_RATES)
async def test_a_bad_rate(folder: Folder, told: str) -> None:
    funding = folder.funding(*rates(3), BAD_RATES[told])
    await refuse(folder, rf"funding\.csv:5: .*{re.escape(told)}", instruments=folder.instruments(), funding=funding)


@pytest.mark.parametrize("told", BAD_INSTRUMENTS)
async def test_a_bad_instrument(folder: Folder, told: str) -> None:
    bad = changed(INSTRUMENTS, BTC_ROW, BAD_INSTRUMENTS[told])
    instruments = folder.instruments(BTC_ROW.replace("BTC", "ETH"), bad)
    await refuse(folder, rf"instruments\.csv:3: .*{re.escape(told)}", instruments=instruments)


async def test_two_rows_that_contradict_each_other(folder: Folder) -> None:
    candles = folder.candles(
        GOOD, changed(CANDLES, GOOD, {"open_time_ms": str(T0 + HOUR)}), changed(CANDLES, GOOD, {"close": "1.8"})
    )
    told = (
        r"candles\.csv:4: .*perp at 2024-01-01T00:00:00Z .*1\.5/2/1\.25/1\.75/10 already and 1\.5/2/1\.25/1\.8/10 here"
    )
    await refuse(folder, told, instruments=folder.instruments(), candles=candles)
    instruments = folder.instruments(BTC_ROW, changed(INSTRUMENTS, BTC_ROW, {"multiplier": "10"}))
    await refuse(
        folder, r"instruments\.csv:3: BTC/USDT:USDT has multiplier 1 already and 10 here", instruments=instruments
    )


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("symbol,timestamp_ms", "missing column rate; the first line names the columns symbol,timestamp_ms,rate"),
        ("symbol,rate,timestamp_ms,rate", "the header has rate twice"),
        (f"{BTC},{T0},0.1", "missing column symbol, timestamp_ms, rate"),
        ("", "the file is empty"),
        ("x" * 140_000, "the line is longer than 65536 bytes; lines end in LF or CRLF"),
        ('"' + "x" * 140_000 + '",rate', "the line is longer than 65536 bytes"),
        ("rate\rate", "lines end in CR alone; end them in LF or CRLF"),
    ],
)
async def test_a_bad_header(folder: Folder, header: str, told: str) -> None:
    await refuse(
        folder,
        rf"funding\.csv:1: .*{re.escape(told)}",
        instruments=folder.instruments(),
        funding=folder.funding(header=header),
    )


async def test_lines_that_end_in_cr_alone(folder: Folder) -> None:
    for count in (3, 100_000):
        funding = folder.funding(*rates(count), end="\r")
        told = r"funding\.csv:1: lines end in CR alone; end them in LF or CRLF"
        await refuse(folder, told, instruments=folder.instruments(), funding=funding)


@pytest.mark.parametrize("before", [0, 3, 40_000])
async def test_a_line_without_end_is_given_up_early(folder: Folder, before: int) -> None:
    """Its end may be gigabytes away; the number of the line is right wherever in the file it stands."""
    path = folder.funding(*rates(before))
    with path.open("ab") as file:
        file.write(b"0" * 2_000_000)
    told = rf"funding\.csv:{before + 2}: the line is longer than 65536 bytes"
    await refuse(folder, told, instruments=folder.instruments(), funding=path)


@pytest.mark.parametrize("column", ["rate", "timestamp_ms", "symbol"])
async def test_a_value_that_goes_on_for_ever_is_shown_cut(folder: Folder, column: str) -> None:
    row = changed(FUNDING, f"{BTC},{T0},0.1", {column: "9" * 60_000})
    told = r"funding\.csv:2: .*9{60}\D.* \(60000 characters\)"
    with pytest.raises(BadRow, match=told) as refused:
        await folder.import_(instruments=folder.instruments(), funding=folder.funding(row))
    assert len(str(refused.value)) < 400


async def test_text_that_is_not_utf8(folder: Folder) -> None:
    path = folder.funding(*rates(3))
    path.write_bytes(path.read_bytes() + b"\xff\xfe\n")
    await refuse(
        folder, r"funding\.csv:5: not UTF-8 text \(byte 0xff\)", instruments=folder.instruments(), funding=path
    )


@pytest.mark.parametrize("damage", ["cut", "garbled", "garbage"])
async def test_a_damaged_gzip(folder: Folder, damage: str) -> None:
    path = folder.funding(*rates(5000), name="funding.csv.gz")
    whole = path.read_bytes()
    middle = len(whole) // 2
    damaged = {
        "cut": whole[:middle],
        "garbled": whole[:middle] + bytes(byte ^ 0x55 for byte in whole[middle:]),
        "garbage": b"\x1f\x8bnonsense",
    }
    path.write_bytes(damaged[damage])
    await refuse(
        folder, r"funding\.csv\.gz:\d+: .*damaged or cut short", instruments=folder.instruments(), funding=path
    )


async def test_a_cut_gzip_is_refused_even_at_a_line_end(folder: Folder) -> None:
    path = folder.funding(*rates(3), name="funding.csv.gz")
    path.write_bytes(gzip.compress(f"{FUNDING}\n".encode() + b"".join(f"{row}\n".encode() for row in rates(3)))[:-4])
    await refuse(folder, "damaged or cut short", instruments=folder.instruments(), funding=path)
