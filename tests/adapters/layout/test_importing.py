"""What an import brings: rows in any order and spelling, equal ones once, canonical digits, all of it or nothing."""

from __future__ import annotations

import gc
import gzip
import random

import pytest

from fundarb.errors import BadRow, InputFileMissing
from fundarb.ports.market import Written
from tests.adapters.layout.files import BTC, BTC_ROW, FUNDING, HOUR, T0, Files, Folder, Kind, only, rates

CANDLE = f"{BTC},perp,1h,{T0},1.5,2.0,1.25,1.75,10"


async def test_every_kind_of_file_is_counted(folder: Folder) -> None:
    files: Files = {
        "instruments": folder.instruments(),
        "funding": folder.funding(*rates(3)),
        "candles": folder.candles(CANDLE),
    }
    expected = {"instruments": Written(1), "funding": Written(3), "candles": Written(1)}
    assert await folder.import_(**files) == expected
    again = {kind: Written(same=written.new) for kind, written in expected.items()}
    assert await folder.import_(**files) == again


async def test_rows_may_come_in_any_order(folder: Folder) -> None:
    rows = list(rates(500))
    shuffled = random.Random(7).sample(rows, len(rows))
    await folder.import_(instruments=folder.instruments(), funding=folder.funding(*shuffled))
    assert await folder.exported("funding") == rows


async def test_numbers_are_stored_canonical(folder: Folder) -> None:
    spelled = ["0.00010", "1e-05", "+2", "-0.0", ".5", "-1.50E-3", "7.", "00.25", '"0.3"', " 0.4 "]
    canonical = ["0.0001", "0.00001", "2", "0", "0.5", "-0.0015", "7", "0.25", "0.3", "0.4"]
    rows = [f"{BTC},{T0 + n * HOUR},{text}" for n, text in enumerate(spelled)]
    await folder.import_(instruments=folder.instruments(), funding=folder.funding(*rows))
    assert [row.rpartition(",")[2] for row in await folder.exported("funding")] == canonical


@pytest.mark.parametrize("name", ["funding.csv.gz", "packed.csv"])
async def test_a_gzipped_file_is_told_by_its_content(folder: Folder, name: str) -> None:
    path = folder.funding(*rates(3), name="funding.csv.gz")
    path = path.rename(path.with_name(name))
    assert (await folder.import_(instruments=folder.instruments(), funding=path))["funding"] == Written(3)


async def test_columns_are_found_by_name_whatever_else_stands_there(folder: Folder) -> None:
    path = folder.funding(f"x,0.0001,{BTC},{T0},y", header="note,rate,symbol,timestamp_ms,more")
    await folder.import_(instruments=folder.instruments(), funding=path)
    assert await folder.exported("funding") == [f"{BTC},{T0},0.0001"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
async def test_line_ends_and_byte_order_mark_do_not_matter(folder: Folder, end: str, start: str) -> None:
    path = folder.funding(*rates(3), header=start + FUNDING, end=end)
    assert (await folder.import_(instruments=folder.instruments(), funding=path))["funding"] == Written(3)


async def test_blank_lines_and_a_missing_last_line_end_are_no_rows(folder: Folder) -> None:
    path = folder.funding(*rates(2), "", ",,", *list(rates(3))[2:])
    path.write_text(path.read_text().rstrip("\n"))
    assert (await folder.import_(instruments=folder.instruments(), funding=path))["funding"] == Written(3)


async def test_a_file_of_a_header_alone_brings_nothing(folder: Folder) -> None:
    assert await folder.import_(instruments=folder.instruments(), funding=folder.funding()) == {
        "instruments": Written(1),
        "funding": Written(),
    }


async def test_stamps_near_a_full_minute_are_that_minute(folder: Folder) -> None:
    near = [f"{BTC},{T0 + 3},0.1", f"{BTC},{T0 + 8 * HOUR - 4999},0.2", f"{BTC},{T0 + 8 * HOUR + 5000},0.2"]
    written = await folder.import_(instruments=folder.instruments(), funding=folder.funding(*near))
    assert written["funding"] == Written(2, 1)
    assert await folder.exported("funding") == [f"{BTC},{T0},0.1", f"{BTC},{T0 + 8 * HOUR},0.2"]


async def test_different_rates_on_one_snapped_stamp_are_an_error(folder: Folder) -> None:
    path = folder.funding(f"{BTC},{T0},0.1", f"{BTC},{T0 + 20},0.2")
    with pytest.raises(BadRow, match=r"funding\.csv:3: .* 2024-01-01T00:00:00Z .*0\.1 already and 0\.2"):
        await folder.import_(instruments=folder.instruments(), funding=path)


async def test_a_mark_candle_may_go_without_volume(folder: Folder) -> None:
    rows = [f"{BTC},mark,1h,{T0},1,1,1,1,", f"{BTC},mark,1h,{T0 + HOUR},1,1,1,1,2", f"{BTC},perp,1d,{T0},1,1,1,1,0"]
    await folder.import_(instruments=folder.instruments(), candles=folder.candles(*rows))
    assert await folder.exported("candles") == rows


async def test_an_instrument_may_lack_spot_listing_times_and_mmr(folder: Folder) -> None:
    rows = [f"A/USDT:USDT,,1000,1,0,0,1,0,0,{T0},{T0 + HOUR}", "B/USDT:USDT,,1,0.5,1,2,,,,,"]
    await folder.import_(instruments=folder.instruments(*rows))
    assert await folder.exported("instruments") == [rows[0], "B/USDT:USDT,,1,0.5,1,2,0.5,1,2,,"]


async def test_mmr_comes_and_goes_with_its_column(folder: Folder) -> None:
    header = folder.instruments().read_text().splitlines()[0] + ",mmr"
    await folder.import_(instruments=folder.instruments(f"{BTC_ROW},0.0100", header=header))
    assert await folder.exported("instruments") == [f"{BTC_ROW},0.01"]


async def test_rows_may_belong_to_instruments_stored_before(folder: Folder) -> None:
    await folder.import_(instruments=folder.instruments())
    assert await folder.import_(funding=folder.funding(*rates(2))) == {"funding": Written(2)}


async def test_a_bad_row_anywhere_leaves_nothing_of_any_file(folder: Folder) -> None:
    funding, candles = folder.funding(*rates(50)), folder.candles(CANDLE, CANDLE.replace(",2.0,", ",nan,"))
    with pytest.raises(BadRow, match=r"candles\.csv:3: high: not a number: 'nan'"):
        await folder.import_(instruments=folder.instruments(), funding=funding, candles=candles)
    assert await folder.exported("instruments") == []


async def test_a_file_larger_than_a_chunk_is_read_to_its_end(folder: Folder) -> None:
    rows = [f"{BTC},perp,1m,{T0 + n * 60_000},{n + 1}.5,{n + 2},0.25,1,3.0" for n in range(60_000)]
    path = folder.candles(*rows, name="candles.csv.gz")
    assert len(gzip.decompress(path.read_bytes())) > 3_000_000
    assert (await folder.import_(instruments=folder.instruments(), candles=path))["candles"] == Written(60_000)
    exported = await folder.exported("candles")
    assert exported == [row.removesuffix(".0") for row in rows]
    bad = folder.candles(*rows[:50_000], "nonsense", *rows[50_000:], name="bad.csv.gz")
    with pytest.raises(BadRow, match=r"bad\.csv\.gz:50002: 1 fields"):
        await folder.import_(candles=bad)


async def test_a_conflict_far_into_a_file_is_named_by_its_line(folder: Folder) -> None:
    rows = list(rates(40_000))
    funding = folder.funding(*rows, "", f"{BTC},{T0},0.9")
    with pytest.raises(BadRow, match=r"funding\.csv:40003: .*0\.0001 already and 0\.9 here.*another line of this file"):
        await folder.import_(instruments=folder.instruments(), funding=funding)


async def test_with_replace_a_differing_value_takes_the_place_of_the_stored_one(folder: Folder) -> None:
    await folder.import_(instruments=folder.instruments(), funding=folder.funding(*rates(3)))
    changed = folder.funding(f"{BTC},{T0},0.9")
    with pytest.raises(BadRow, match=r"funding\.csv:2: "):
        await folder.import_(funding=changed)
    assert await folder.import_(funding=changed, replace=True) == {"funding": Written(conflicting=1)}
    assert (await folder.exported("funding"))[0] == f"{BTC},{T0},0.9"


async def test_a_differing_instrument_is_an_error_unless_replaced(folder: Folder) -> None:
    await folder.import_(instruments=folder.instruments())
    changed = folder.instruments(BTC_ROW.replace("0.001,0.001", "0.01,0.001"))
    with pytest.raises(BadRow, match=r"instruments\.csv:2: BTC/USDT:USDT has perp_step 0\.001 already and 0\.01 here"):
        await folder.import_(instruments=changed)
    assert await folder.import_(instruments=changed, replace=True) == {"instruments": Written(conflicting=1)}


@pytest.mark.parametrize("kind", ["instruments", "funding", "candles"])
async def test_a_file_that_is_not_there_or_no_file_is_said_to_be(folder: Folder, kind: Kind) -> None:
    with pytest.raises(InputFileMissing, match="no such file"):
        await folder.import_(**only(kind, folder.path / "none.csv"))
    with pytest.raises(InputFileMissing, match="a directory"):
        await folder.import_(**only(kind, folder.path))


async def test_of_two_faults_the_first_is_told_and_the_other_not_mentioned(
    folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [*rates(20_000), f"{BTC},{T0},0.9", *rates(20_000), "nonsense"]
    with pytest.raises(BadRow, match=r"funding\.csv:20002: .*already"):
        await folder.import_(instruments=folder.instruments(), funding=folder.funding(*rows))
    gc.collect()
    assert caplog.records == []
