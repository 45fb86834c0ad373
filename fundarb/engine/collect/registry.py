"""The register of instruments, brought up to date by every run: what is new, what changed, what has left.

What a venue does not tell keeps its stored value, a spot market with its multiplier and lots among it: a past with both
legs stays one. An instrument that is missing from the list has left, unless so many leave that the list is in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fundarb.domain.instants import DAY
from fundarb.domain.instrument import Pair
from fundarb.errors import VenueUnreadable
from fundarb.ports.market import MarketWriter, OnConflict
from fundarb.ports.venue import Listed

_FEW = 5  # so many may leave at once, or a tenth of all, before a list is doubted
_SHARE = 10


@dataclass(frozen=True, slots=True)
class Register:
    """Every instrument as it is to be stored, and those that left without being announced as closed."""

    pairs: tuple[Pair, ...]
    vanished: tuple[str, ...]


def merge(stored: Sequence[Pair], listed: Sequence[Listed], now_ms: int) -> Register:
    """The stored register with what the venue lists now."""
    before = {pair.symbol: pair for pair in stored}
    told = {one.pair.symbol: _merged(before.get(one.pair.symbol), one, now_ms) for one in listed}
    vanished = [pair for pair in stored if pair.symbol not in told and pair.listed(now_ms)]
    silent = {one.pair.symbol for one in listed if not one.trading and one.pair.gone_ms is None}
    closed = [pair for pair in stored if pair.symbol in silent and pair.listed(now_ms) and told[pair.symbol].gone_ms]
    alive = [pair for pair in stored if pair.listed(now_ms)]
    _require_plausible([*vanished, *closed], alive, "pairs")
    on_spot = [pair for pair in alive if pair.spot is not None and pair.symbol in told]
    bare = {one.pair.symbol for one in listed if one.trading and one.pair.spot is None}
    _require_plausible([pair for pair in on_spot if pair.symbol in bare], on_spot, "spot markets")
    gone = {pair.symbol: replace(pair, gone_ms=now_ms) for pair in vanished}
    merged = {**before, **told, **gone}
    return Register(tuple(merged[symbol] for symbol in sorted(merged)), tuple(sorted(gone)))


async def store_register(writer: MarketWriter, register: Register, listed: Sequence[Listed], now_ms: int) -> None:
    """Write the register and the announced intervals, inside a transaction; changes keep the time they were seen."""
    missing = set(register.vanished)
    here = {one.pair.symbol for one in listed} | missing
    await writer.put_pairs([pair for pair in register.pairs if pair.symbol in here], now_ms, OnConflict.REPLACE)
    for one in listed:
        if one.interval_ms is not None:
            await writer.put_interval(one.pair.symbol, now_ms, one.interval_ms)


def completed(told: Pair, before: Pair | None) -> Pair:
    """As the venue tells it; of a spot market that it forgot, what was known before."""
    if before is None or before.spot is None or told.spot is not None:
        return told
    return replace(told, spot=before.spot, multiplier=before.multiplier, spot_lots=before.spot_lots)


def _merged(before: Pair | None, one: Listed, now_ms: int) -> Pair:
    """As the venue tells it, completed by what is stored."""
    if before is None:
        return replace(one.pair, gone_ms=_gone(None, one, now_ms))
    known = [at for at in (before.first_seen_ms, one.pair.first_seen_ms) if at is not None]
    pair = completed(one.pair, before)
    return replace(
        pair,
        first_seen_ms=min(known) if known else None,
        gone_ms=_gone(before.gone_ms, one, now_ms),
        mmr=before.mmr if pair.mmr is None else pair.mmr,
    )


def _gone(before_ms: int | None, one: Listed, now_ms: int) -> int | None:
    """When it left: as told, else on the day announced (a list may be hours old), else when it was first seen closed; what
    is ending and does not say when is still there."""
    if one.pair.gone_ms is None and one.leaves_ms is not None and now_ms - DAY < one.leaves_ms <= now_ms:
        return one.leaves_ms
    if one.pair.gone_ms is not None or one.trading:
        return one.pair.gone_ms
    if one.ending:
        return one.leaves_ms if one.leaves_ms is not None and one.leaves_ms <= now_ms else before_ms
    opened = one.pair.first_seen_ms is not None and one.pair.first_seen_ms <= now_ms
    return (before_ms or now_ms) if opened else None


def _require_plausible(lacking: Sequence[Pair], alive: Sequence[Pair], what: str) -> None:
    if len(lacking) > max(_FEW, len(alive) // _SHARE):
        raise VenueUnreadable(
            f"the venue's list lacks {len(lacking)} of {len(alive)} {what} that were listed so far, which is not believed; "
            "is this database of another venue? (name another with --db)"
        )
