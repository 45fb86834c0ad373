"""The components of the score a second time, slowly, one settlement at a time, from the words of the semantics."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

from fundarb.domain.instants import DAY, HOUR
from tests.signals.reference import Bar, Streams, bars, intervals, known_close, quote_volume

Found = dict[str, float | None]


@dataclass(frozen=True)
class Included:
    """One settlement a component may look at."""

    at: int
    hours: float
    level: float


def included(streams: Streams, s: int) -> list[Included]:
    """s − 120 d < settled_at <= s, after the last gap of more than 24 h, having an interval."""
    stamps = streams.settlements.settled_at.tolist()
    rates = streams.settlements.rate.tolist()
    spans = intervals(stamps)
    rows: list[Included] = []
    for row, at in enumerate(stamps):
        if at > s:
            break
        if row and at - stamps[row - 1] > DAY:
            rows.clear()
        if spans[row] and at > s - 120 * DAY:
            rows.append(Included(at, spans[row] / HOUR, rates[row] * 1e4 * 8 * HOUR / spans[row]))
    return rows


def average(rows: list[Included], s: int, n: int) -> float:
    """E_n."""
    b = 1 - 2 / (n + 1)
    weights = [(1 - b ** (one.hours / 8)) * b ** ((s - one.at) / HOUR / 8) for one in rows]
    return math.fsum(w * one.level for w, one in zip(weights, rows, strict=True)) / math.fsum(weights)


def components(streams: Streams, s: int, charge: float) -> Found:
    """Forecast and every component at settlement s; None is absent."""
    rows = included(streams, s)
    found: Found = dict.fromkeys(("forecast", "carry", "persistence", "trend", "stability"))
    if rows:
        found["persistence"] = _persistence(rows)
    if rows and s - rows[0].at >= 7 * DAY:
        f = 0.5 * _clip(average(rows, s, 21)) + 0.5 * _clip(average(rows, s, 90))
        g = f - charge
        found |= {"forecast": f, "carry": 0.5 * (1 + g / (abs(g) + 3))}
    ten = [one.level for one in rows if one.at > s - 10 * DAY]
    if len(ten) >= 6:
        m = statistics.median(ten)
        d = 1.4826 * statistics.median(abs(level - m) for level in ten)
        cross = average(rows, s, 3) - average(rows, s, 9)
        found |= {"trend": 0.5 + 0.5 * math.tanh(cross / max(d, 1)), "stability": 1 / (1 + d / max(abs(m), 1))}
    return found | {"basis": _basis(streams, s), "volume": _volume(bars(streams.perp), s)}


def score(found: Found, weights: dict[str, float]) -> float | None:
    """The weighted mean of what is present; carry must be."""
    there = [(weights[name], value) for name, value in found.items() if name in weights and value is not None]
    return None if found["carry"] is None else sum(w * x for w, x in there) / sum(w for w, _ in there)


def _clip(value: float) -> float:
    return min(max(value, -20.0), 20.0)


def _persistence(rows: list[Included]) -> float:
    run = 0.0
    for one in reversed(rows):
        if one.level < -1e-12:
            break
        run += one.hours / 8
    return run / (run + 9)


def _basis(streams: Streams, s: int) -> float | None:
    perp, spot = bars(streams.perp), bars(streams.spot)

    def level(at: int) -> float:
        return 1e4 * math.log(known_close(perp, at)[0] / known_close(spot, at)[0])

    before = [at for at in streams.settlements.settled_at.tolist() if at < s][-90:]
    there = [x for at in before if not math.isnan(x := level(at))]
    now = level(s)
    if len(there) < 21 or math.isnan(now):
        return None
    return 0.5 + 0.5 * math.tanh((now - statistics.fmean(there)) / 10)


def _volume(candles: list[Bar], s: int) -> float | None:
    counted = [bar for bar in candles if not math.isnan(bar.volume)]
    base = quote_volume(counted, s - DAY, 30 * DAY)
    if not counted or min(bar.open_at for bar in counted) > s - 31 * DAY or math.isnan(base) or base <= 0:
        return None
    day = quote_volume(counted, s, DAY)
    v = 0.0 if math.isnan(day) else day / (base / 30)
    return v * v / (1 + v * v)
