"""The verdict on a search, in words: whether there is an edge, by which rules, and what the winner is worth.

All five rules have to pass. A rule whose figure could not be computed says why, and has not passed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fundarb.domain.folds import OutOfSample, WalkForward
from fundarb.domain.honesty import Honesty
from fundarb.domain.instants import iso

LEAST_DSR = 0.95
MOST_PBO = 0.2
MOST_SPA = 0.1  # p has to be below
RIVAL = "hold"
ALIKE = 0.95  # median correlation with the winner from which on PBO judges noise between twins


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of acceptance; `passed` is None where its figure could not be computed, which is not passing."""

    name: str
    passed: bool | None
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`edge` only if every rule passed."""

    edge: bool
    words: str
    rules: tuple[Rule, ...]


def judge(found: Honesty, walk: WalkForward | None, doubled_net: float | None) -> Verdict:
    """`walk` is None where no walk-forward was asked for; `doubled_net` is what the winner earns when everything costs
    twice as much, None where it was not run."""
    out = None if walk is None else walk.out_of_sample
    rules = (_deflated(found), _overfitting(found), _superior(found), _later(out), _dearer(doubled_net))
    edge = all(rule.passed is True for rule in rules)
    words = "\n".join(
        [_headline(edge, rules), *_worth(found, out), *_lately(walk), *(f"- {rule.words}" for rule in rules)]
    )
    return Verdict(edge, words, rules)


def verdict_document(verdict: Verdict) -> dict[str, Any]:
    """`{"edge", "words", "rules": [{"rule", "passed", "words"}]}`."""
    rules = [{"rule": rule.name, "passed": rule.passed, "words": rule.words} for rule in verdict.rules]
    return {"edge": verdict.edge, "words": verdict.words, "rules": rules}


def statistics_document(found: Honesty) -> dict[str, Any]:
    """Every figure under its name, those against a benchmark under its name too; p values without one are against hold."""
    rival = found.versus(RIVAL)
    return {
        "days": found.days,
        "trials": found.trials,
        "sampled": found.sampled,
        "sharpe": found.sharpe,
        "sharpe_low": found.sharpe_low,
        "sharpe_high": found.sharpe_high,
        "block_days": found.block_days,
        "psr": found.psr,
        "dsr": found.dsr,
        "luck_sharpe": found.luck,
        "pbo": found.pbo,
        "pbo_blocks": found.pbo_blocks,
        "loss_probability": found.loss_probability,
        "likeness": found.likeness,
        "path_sharpes": list(found.path_sharpes),
        "reality_check_p": None if rival is None else rival.reality_check_p,
        "spa_p": None if rival is None else rival.spa_p,
        "against": {
            one.benchmark: {"reality_check_p": one.reality_check_p, "spa_p": one.spa_p} for one in found.against
        },
        "min_track_record_days": found.min_track_record_days,
        "min_backtest_days": found.min_backtest_days,
        "lacking": dict(found.lacking),
    }


def _headline(edge: bool, rules: tuple[Rule, ...]) -> str:
    if edge:
        return f"An edge: all {len(rules)} rules pass. It is still a backtest; trade it on paper first."
    failed = sum(rule.passed is False for rule in rules)
    unknown = sum(rule.passed is None for rule in rules)
    told = [f"{count} {what}" for count, what in ((failed, "failed"), (unknown, "could not be computed")) if count]
    return f"No edge: of {len(rules)} rules {' and '.join(told)}."


def _worth(found: Honesty, out: OutOfSample | None) -> Iterator[str]:
    """What the winner showed, what luck would have shown, and what is left when it may not look."""
    if found.sharpe is not None:
        doubt = "" if found.sharpe_low is None else f" (95 %: {found.sharpe_low:.2f} to {found.sharpe_high:.2f})"
        yield f"The winner's Sharpe on {found.days} days is {found.sharpe:.2f}{doubt}{_beside_luck(found)}."
        yield from _lengths(found)
    if found.path_sharpes:
        yield (
            "Choosing on two thirds of the days and trading the rest, in every way, makes histories with Sharpe ratios "
            f"from {found.path_sharpes[0]:.2f} to {found.path_sharpes[-1]:.2f}."
        )
    if out is not None and out.sharpe_daily is not None:
        yield (
            f"Chosen without looking ahead it made a Sharpe of {out.sharpe_daily:.2f} and {_percent(out.apr_on_capital)} a "
            f"year on {out.days} later days, {out.trades} trades."
        )


def _lately(walk: WalkForward | None) -> Iterator[str]:
    """What the newer half of the test stretches made: an edge may have been one."""
    folds = () if walk is None else walk.folds
    later = folds[-(len(folds) // 2) :] if len(folds) > 1 else ()
    if later:
        made, whole = later[-1].equity - later[0].capital, folds[-1].equity - folds[0].capital
        from_day = iso(later[0].fold.test.start_ms)[:10]
        yield f"Of the {whole:,.2f} made there, {made:,.2f} are from the newer half of the stretches, {from_day} on."


def _beside_luck(found: Honesty) -> str:
    if found.luck is None:
        return ""
    return f"; the best of {found.trials:,} worthless trials is expected to show {found.luck:.2f}"


def _lengths(found: Honesty) -> Iterator[str]:
    """How long a history would have to be."""
    if found.min_backtest_days is not None and found.min_backtest_days > found.days:
        yield (
            f"After {found.trials:,} trials such a Sharpe says nothing on fewer than {found.min_backtest_days:,.0f} days: "
            "so much the best worthless one of so many shows on a shorter history."
        )
    if found.min_track_record_days is not None and found.min_track_record_days > found.days:
        yield (
            f"Even had nothing else been tried, it takes {found.min_track_record_days:,.0f} days of it to be 95 % sure that "
            "it is above 0."
        )


def _deflated(found: Honesty) -> Rule:
    name = "dsr"
    if found.dsr is None:
        return _unknown(name, "deflated Sharpe", _why(found, "dsr"))
    return _decided(
        name,
        found.dsr >= LEAST_DSR,
        f"deflated Sharpe {found.dsr:.3f}",
        f"at least {LEAST_DSR} is asked: the chance that it is more than the luck of {found.trials:,} trials",
    )


def _overfitting(found: Honesty) -> Rule:
    name = "pbo"
    if found.pbo is None:
        return _unknown(name, "probability of overfitting", _why(found, "pbo"))
    alike = found.likeness is not None and found.likeness >= ALIKE
    twins = (
        f" (the trials are nearly the same, correlation {found.likeness:.2f}, of which it says little)" if alike else ""
    )
    return _decided(
        name,
        found.pbo <= MOST_PBO,
        f"probability of overfitting {found.pbo:.3f}{twins}",
        f"at most {MOST_PBO} is asked: how often the best on half of the days is among the worse half of all on the rest",
    )


def _superior(found: Honesty) -> Rule:
    name, rival = "spa", found.versus(RIVAL)
    if rival is None:
        return _unknown(name, f"superiority to {RIVAL}", _why(found, f"against.{RIVAL}"))
    return _decided(
        name,
        rival.spa_p < MOST_SPA,
        f"superiority to {RIVAL}: p {rival.spa_p:.3f}",
        f"below {MOST_SPA} is asked: how often the luckiest of {found.sampled:,} trials no better than {RIVAL} beats it so",
    )


def _later(out: OutOfSample | None) -> Rule:
    name = "out_of_sample"
    if out is None:
        return _unknown(name, "the out-of-sample Sharpe", "no walk-forward was asked for (`--walk-forward`)")
    if out.sharpe_low is None:
        return _unknown(name, "the interval of the out-of-sample Sharpe", out.lacking or "its returns never move")
    return _decided(
        name,
        out.sharpe_low > 0,
        f"out of sample the Sharpe lies between {out.sharpe_low:.2f} and {out.sharpe_high:.2f} (95 %)",
        "all of it above 0 is asked",
    )


def _dearer(doubled_net: float | None) -> Rule:
    name = "doubled_costs"
    if doubled_net is None:
        return _unknown(name, "the winner at doubled costs", "it was not run")
    return _decided(name, doubled_net > 0, f"at doubled costs the winner makes {doubled_net:,.2f}", "a gain is asked")


def _decided(name: str, passed: bool, figure: str, asked: str) -> Rule:
    return Rule(name, passed, f"{'passed' if passed else 'failed'}: {figure}; {asked}.")


def _unknown(name: str, what: str, why: str) -> Rule:
    return Rule(name, None, f"not computed, so not passed: {what}; {why}.")


def _why(found: Honesty, name: str) -> str:
    return found.lacking.get(name) or found.lacking.get("winner") or "it was not asked for"


def _percent(fraction: float | None) -> str:
    return "nothing" if fraction is None else f"{fraction * 100:.2f} %"
