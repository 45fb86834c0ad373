"""What not to believe about a run, in words: its flags, and the pairs that had no part in it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from fundarb.domain.money import canonical
from fundarb.domain.result import RunResult
from fundarb.reporting.advice import few

EXCLUDED_WORDS = {"no_spot_market": "no spot market", "untradable": "no settlement finds candles of both legs"}
EXCLUSION_COLUMNS = ("run_id", "mode", "pair", "reason")


def doubts(runs: Iterable[RunResult], said: Collection[str] = ()) -> list[str]:
    """A sentence a flag, equal ones of several runs once; `said` are flags somebody has spoken of already."""
    return list(
        dict.fromkeys(
            sentence for run in runs for flag in run.flags if flag not in said if (sentence := _words(run, flag))
        )
    )


def exclusions(runs: Iterable[RunResult], said: Collection[str] = ()) -> list[str]:
    """A sentence a reason for which pairs were left out."""
    by_reason: dict[str, list[str]] = {}
    for run in runs:
        for pair, reason in run.excluded.items():
            if reason not in said and pair not in by_reason.setdefault(reason, []):
                by_reason[reason].append(pair)
    return [f"excluded, {EXCLUDED_WORDS.get(reason, reason)}: {few(pairs)}" for reason, pairs in by_reason.items()]


def exclusion_rows(runs: Sequence[RunResult]) -> list[dict[str, str]]:
    """Every excluded pair of every run with the reason."""
    return [
        {"run_id": run.run_id, "mode": run.mode, "pair": pair, "reason": reason}
        for run in runs
        for pair, reason in run.excluded.items()
    ]


def _words(run: RunResult, flag: str) -> str:
    """What a flag means, with its figure."""
    counts = run.counts
    words: Mapping[str, str] = {
        "spot_source_perp": "the perp's price stood in for the spot of pairs without spot candles: their basis is unknown",
        "missing_settlements": unpaid(counts.missing_settlements),
        "untradable": "some pairs could not trade for want of candles of both legs",
        "open_at_end": f"{run.mode}: still open at the end, marked and not closed: {few([t.pair for t in run.open])}",
        "stale_price": f"{run.mode}: {counts.stale_prices} valuations used prices older than 24 h",
        "unfunded": f"{run.mode}: cash fell to {canonical(run.totals.lowest_cash)}, which no margin funds",
        "universe_by_turnover": "the universe was chosen by turnover after the range began: the past is seen with hindsight",
    }
    return words.get(flag, f"{run.mode}: {flag}")


def missing(count: int) -> str:
    """So many settlements are not there."""
    return f"{count} settlement{' is' if count == 1 else 's are'} missing in the range"


def unpaid(count: int) -> str:
    """What that means for a run."""
    return f"{missing(count)}; {'it' if count == 1 else 'they'} paid nothing"
