"""`funding.csv`: settled rates. A stamp within 5 s of a full minute is that minute from here on."""

from __future__ import annotations

from collections.abc import Sequence, Set

from fundarb.adapters.layout import fields
from fundarb.adapters.layout.fields import EARLIEST_MS, LATEST_MS, Fields
from fundarb.adapters.layout.plain import SIGNED, TEXT, TIME, plain_form
from fundarb.domain.instants import snap
from fundarb.domain.money import canonical
from fundarb.ports.market import RateDigits

COLUMNS = ("symbol", "timestamp_ms", "rate")


class FundingParser:
    """Reads rows of funding under one header; `known` are the symbols that have an instrument."""

    def __init__(self, header: Sequence[str], known: Set[str]) -> None:
        self._known = known
        self._form = plain_form(header, {"symbol": TEXT, "timestamp_ms": TIME, "rate": SIGNED})

    def plain(self, text: str) -> Sequence[RateDigits] | None:
        """All rows at once, or None where one of them needs a closer look."""
        columns = self._form.columns(text)
        if columns is None:
            return None
        symbols, times, rates = columns
        if not self._known >= set(symbols):
            return None
        stamps = {text: int(text) for text in set(times)}
        if min(stamps.values()) < EARLIEST_MS or max(stamps.values()) >= LATEST_MS:
            return None
        snapped = {text: snap(stamp) for text, stamp in stamps.items()}
        return list(map(RateDigits._make, zip(symbols, map(snapped.__getitem__, times), rates, strict=True)))

    def careful(self, row: Fields) -> RateDigits:
        """One row; ValueError says what is wrong with it."""
        symbol = fields.symbol(row, self._known)
        return RateDigits(symbol, snap(fields.instant(row, "timestamp_ms")), canonical(fields.number(row, "rate")))
