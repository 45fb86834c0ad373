"""What runs now, as parts of a page: the words and figures of the live view of a terminal, so that both say the same."""

from __future__ import annotations

from fundarb.bootstrap.onlooking import Look
from fundarb.domain.instants import iso
from fundarb.ports.journal import Event, Halt
from fundarb.reporting.event_words import event_document, sentence
from fundarb.reporting.page.markup import Html, tag
from fundarb.reporting.scene import SeenPortfolio
from fundarb.reporting.scene_tables import positions_table
from fundarb.reporting.scene_words import COSTS, SPLIT, alarms, clock, health_line, lasting, money, signed
from fundarb.web.moments import minute
from fundarb.web.tables import cells_table

_EVERY_COLUMN = 10_000
_EVENT_COLUMNS = ("time", "event", "portfolio", "what")


def state_part(look: Look) -> Html:
    """Whether a trader runs, where, and how it is."""
    scene = look.scene
    moment = f"{iso(scene.health.now_ms)[:19].replace('T', ' ')} UTC"
    kicker = " · ".join(
        [moment, scene.venue, *([] if scene.next_ms is None else [f"next settlement {clock(scene.next_ms)}"])]
    )
    return tag(
        "div",
        tag("p", kicker, class_="kicker"),
        tag("h1", _headline(look)),
        tag("p", _health(look), class_="lead", id="health"),
        tag("p", f"Process {look.trader.pid}, since {look.trader.since}", class_="hint") if look.trader else None,
        id="state",
    )


def _headline(look: Look) -> str:
    if look.trader is None:
        return "No trader runs"
    if not _trades(look):
        return f"The trade lock is held by {look.trader}"
    names = [f"{one.name} ({one.mode})" for one in look.scene.portfolios]
    return f"Trading {', '.join(names)}" if look.live and names else "A trader is starting"


def _trades(look: Look) -> bool:
    """Whether it is a trader that holds the lock; other jobs take it, too."""
    return look.live or (look.trader is not None and "trade" in look.trader.command.split())


def _health(look: Look) -> str:
    if look.trader is not None and look.live:
        return health_line(look.scene.health).replace("  ", " · ")
    beat = look.scene.health.beat_age_ms
    last = "none ever did here" if beat is None else f"the last sign of one is {lasting(beat)} old"
    return f"{last[0].upper()}{last[1:]}; figures are those of the last cycle. `fundarb trade --paper` starts one."


def alarms_part(look: Look) -> Html:
    """What is not as it should be."""
    found = alarms(look.scene.health) if look.live else alarms(look.scene.health)[:1] if look.halt else []
    return tag("div", [tag("p", words, class_="alarm") for words in found], id="alarms", role="status")


def halted_part(halt: Halt | None) -> Html:
    """What stops entries, since when and why."""
    if halt is None:
        return tag("p", "Entries are open.", id="halted", class_="open")
    of = ", ".join(pair.partition("/")[0] for pair in halt.pairs) or "all pairs"
    words = f"Entries of {of} are halted since {minute(halt.since_ms)} UTC: {halt.reason}"
    return tag("p", words, id="halted", class_="stopped")


def portfolios_part(look: Look) -> Html:
    """What each portfolio is worth, and how it came to that."""
    found = [_portfolio(one) for one in look.scene.portfolios]
    return tag("div", found or tag("p", "There is no portfolio yet."), id="portfolios")


def _portfolio(one: SeenPortfolio) -> Html:
    gained, margin = one.equity - one.contributed, sum(position.margin for position in one.positions)
    split = {name: -getattr(one.split, name) if name in COSTS else getattr(one.split, name) for name in SPLIT}
    tiles = {
        "equity": money(one.equity),
        "net": signed(gained),
        **{name: signed(value) for name, value in split.items() if name != "other" or value},
        "cash": money(one.cash),
        "margin": f"{round(float(margin), 2) + 0.0:,.2f}",
    }
    title = tag("h2", tag("a", f"{one.name} ({one.mode or 'nothing decided yet'})", href=f"/runs/{one.name}"))
    strip = tag(
        "dl",
        [tag("div", tag("dt", name), tag("dd", text, data_figure=name)) for name, text in tiles.items()],
        class_="strip",
    )
    return tag("section", title, strip, data_portfolio=one.name)


def positions_part(look: Look) -> Html:
    """Both legs of all that is open."""
    count = sum(len(one.positions) for one in look.scene.portfolios)
    if not count:
        return tag("div", tag("p", "Nothing is held."), id="positions")
    return tag("div", cells_table(positions_table(look.scene, _EVERY_COLUMN, count), "Open positions"), id="positions")


def events_part(look: Look) -> Html:
    """What happened last, the newest first."""
    if not look.events:
        return tag("div", tag("p", "Nothing has happened yet."), id="events")
    now_ms = look.scene.health.now_ms
    rows = [tag("tr", [tag("td", cell) for cell in _event(one, now_ms)]) for one in reversed(look.events)]
    head = tag("thead", tag("tr", [tag("th", name, scope="col") for name in _EVENT_COLUMNS]))
    table = tag("table", tag("caption", "The newest first, UTC"), head, tag("tbody", rows), class_="events")
    return tag(
        "div", tag("div", table, class_="scroll tall", tabindex="0", role="region", aria_label="Events"), id="events"
    )


def _event(event: Event, now_ms: int) -> tuple[str, str, str, str]:
    """The time alone where it was today."""
    at = iso(event.at_ms)
    time = at[11:19] if at[:10] == iso(now_ms)[:10] else f"{at[:10]} {at[11:19]}"
    return time, event.name.replace("_", " "), event.portfolio or "", sentence(event_document(event))
