"""A file that says two things under one key is wrong in whatever order its rows stand, replacing or not."""

from __future__ import annotations

import pytest

from fundarb.errors import BadRow
from fundarb.ports.market import Written
from tests.adapters.layout.files import BTC, BTC_ROW, T0, Files, Folder, Kind, only, rates

RATES = [f"{BTC},{T0},0.{n}" for n in range(3)]
CANDLES = [f"{BTC},perp,1h,{T0},1.5,2,1.25,1.{n}5,10" for n in range(3, 6)]
PAIRS = [BTC_ROW.replace("0.001,0.001", f"0.00{n},0.001") for n in range(1, 4)]
KINDS: dict[Kind, list[str]] = {"instruments": PAIRS, "funding": RATES, "candles": CANDLES}
ORDERS = [(0, 1), (1, 0), (1, 2), (2, 1), (1, 2, 1), (0, 1, 0), (1, 0, 1)]
TOLD = r"{kind}\.csv:\d+: BTC/USDT:USDT .* already and .* here.*another line of this file"


async def store(folder: Folder, kind: Kind, row: str) -> None:
    """The first row of a kind, stored before the import under test."""
    await folder.import_(instruments=folder.instruments())
    await folder.import_(**only(kind, getattr(folder, kind)(row)))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("stored", [True, False])
async def test_replacing_refuses_a_file_that_contradicts_itself(
    folder: Folder, kind: Kind, order: tuple[int, ...], stored: bool
) -> None:
    if stored:
        await store(folder, kind, KINDS[kind][0])
    else:
        await folder.import_()
    before = await folder.exported(kind)
    files: Files = {"instruments": folder.instruments(*PAIRS[:1])}
    files.update(only(kind, getattr(folder, kind)(*(KINDS[kind][n] for n in order))))
    with pytest.raises(BadRow, match=TOLD.format(kind=kind)) as refused:
        await folder.import_(replace=True, **files)
    assert refused.value.exit_code == 3
    assert "--replace" not in str(refused.value)
    assert 2 <= refused.value.line <= 4
    assert await folder.exported(kind) == before


async def test_replacing_refuses_stamps_that_snap_together(folder: Folder) -> None:
    funding = folder.funding(f"{BTC},{T0 + 20},0.2", f"{BTC},{T0},0.1")
    with pytest.raises(BadRow, match=TOLD.format(kind="funding")):
        await folder.import_(instruments=folder.instruments(), funding=funding, replace=True)
    assert await folder.exported("funding") == []


@pytest.mark.parametrize("stored", [[], [f"{BTC},{T0},0.7"], [f"{BTC},{T0},0.0001"]])
async def test_replacing_sees_a_contradiction_many_chunks_apart(folder: Folder, stored: list[str]) -> None:
    rows = list(rates(40_000))
    await folder.import_(instruments=folder.instruments(), funding=folder.funding(*stored))
    for contradicting in ([*rows, f"{BTC},{T0},0.9"], [f"{BTC},{T0},0.9", *rows]):
        with pytest.raises(BadRow, match=TOLD.format(kind="funding")):
            await folder.import_(funding=folder.funding(*contradicting), replace=True)
    assert await folder.exported("funding") == stored


async def test_equal_rows_are_one_row_when_replacing(folder: Folder) -> None:
    await store(folder, "funding", RATES[0])
    funding = folder.funding(RATES[1], f"{BTC},{T0 + 20},0.10", header="symbol,timestamp_ms,rate")
    written = (await folder.import_(funding=funding, replace=True))["funding"]
    assert (written.new, written.same + written.conflicting) == (0, 2)
    assert await folder.exported("funding") == [RATES[1]]


async def test_nothing_is_read_twice_where_nothing_differs(folder: Folder) -> None:
    await store(folder, "funding", RATES[0])
    told: list[str] = []

    def progress(what: str, done: int, total: int | None = None, unit: str = "rows") -> None:
        told.append(what)

    funding = folder.funding(*RATES[:1], *list(rates(5))[1:])
    written = await folder.import_(funding=funding, replace=True, progress=progress)
    assert written["funding"] == Written(new=4, same=1)
    assert told == ["funding.csv"]
    await folder.import_(funding=folder.funding(RATES[1]), replace=True, progress=progress)
    assert told == ["funding.csv", "funding.csv", "funding.csv again"]


@pytest.mark.parametrize("kind", list(KINDS))
async def test_replacing_is_offered_only_against_what_was_stored(folder: Folder, kind: Kind) -> None:
    rows = KINDS[kind]
    files: Files = {"instruments": folder.instruments(*PAIRS[:1])}
    files.update(only(kind, getattr(folder, kind)(*rows[:2])))
    with pytest.raises(BadRow, match=rf"{kind}\.csv:3: .*another line of this file") as refused:
        await folder.import_(**files)
    assert "--replace" not in str(refused.value)
    await store(folder, kind, rows[0])
    before = await folder.exported(kind)
    with pytest.raises(BadRow, match=rf"{kind}\.csv:2: .*or use --replace"):
        await folder.import_(**only(kind, getattr(folder, kind)(rows[1])))
    assert await folder.exported(kind) == before
