"""Scaling: what is served here, by how many workers, why, and what keeps it from following its load."""

from collections.abc import Sequence
from typing import Any, Final

from plimsoll.core.units import (
    format_bytes,
    format_count,
    format_duration,
    format_rate,
    format_share,
)
from plimsoll.server.dashboard.markup import Html, element, joined
from plimsoll.server.dashboard.place import Place
from plimsoll.server.dashboard.scaling_decisions import decisions, decisions_stamp, happenings, happenings_stamp
from plimsoll.server.dashboard.scaling_forms import forms, forms_stamp
from plimsoll.server.dashboard.scaling_numbers import scaling_numbers
from plimsoll.server.dashboard.scaling_served import KIND, Row, answering, chosen, served
from plimsoll.server.dashboard.slots import CHARTS, Slot, pairs, part, seen
from plimsoll.server.dashboard.tables import Column, field, figure, table
from plimsoll.server.reading.reading import Reading
from plimsoll.server.reading.say import clock, moment, plural
from plimsoll.server.reading.scaling_lines import LINES_MAX, verdict_of

_TO_SERVE: Final = "plimsoll serve shop.main:app --workers 2..8"
_STATES: Final = {"ready": "good", "backing off": "bad", "asked for": "doubt", "starting": "doubt"}
_HEALTH: Final = {"down": "checks fail", "held": "held back"}


def _state(row: Row) -> Html:
    doubt = _HEALTH.get(row["health"], "") if row["state"] == "ready" else ""
    word = element("b", row["state"], class_="doubt" if doubt else _STATES.get(row["state"]))
    return joined(word, f": {doubt}" if doubt else "")


def _last(row: Row) -> str:
    return "; ".join(said for said in (row["outdated"] and f"to be replaced: {row['outdated']}", row["why"]) if said)


def _duration(seconds: float) -> str:
    return format_duration(float(round(seconds)))


_WORKERS: Final = (
    Column("name", "Worker", field("name"), lambda row: (len(row["name"]), row["name"]), first_up=True),
    Column("state", "State", _state, lambda row: row["state"], first_up=True),
    figure("age_s", "Age", _duration, "of its process"),
    figure("generation", "Generation", format_count, "rises with each reload"),
    figure("cpu_share", "CPU", format_share, "of one core, with all that it started"),
    figure("memory_bytes", "Memory", format_bytes, "with all that it started"),
    figure("in_flight", "In flight", format_count, "requests that it has in hand"),
    figure("requests", "Requests", format_count, "since its balancer's metrics were reset"),
    figure("errors", "Errors", format_count, "answers 5xx, or none"),
    Column("restarts", "Restarts", lambda row: format_count(max(0, row["starts"] - 1)), lambda row: row["starts"],
           number=True, meaning="how often another process took its place and name"),
    Column("last", "What happened last", _last),
)  # fmt: skip


def _choice(reading: Reading, place: Place) -> Html:
    """Where several are served: which one is looked at, the worst first."""
    rows = served(reading)
    if not rows:
        return Html("")
    silent = joined(*(element("p", words, class_="empty") for words in _silent(reading)))
    now = chosen(reading, place)
    if len(rows) < 2 and now is not None:
        return silent
    choice = element(
        "nav", *(_chosen(row, now, place) for row in rows), class_="choice parts", aria_label="Served applications"
    )
    return joined(choice, silent)


def _silent(reading: Reading) -> Sequence[str]:
    """Those that never answered: what lies there may be of long ago, or of another version."""
    found = reading.details.get(KIND)
    return [f"{one['served']} does not answer: {one['why']}." for one in (found[1] if found else {}).get("silent", ())]


def _chosen(row: Row, now: Row | None, place: Place) -> Html:
    said = verdict_of(row)
    kind = {"warning": "doubt", "unknown": "soft"}.get(said.standing, said.standing)
    here = now is not None and now["served"] == row["served"]
    target = place.href(served=row["served"], decision="")
    word = element("b", said.word, class_=kind)
    return element("a", f"{row['served']} ", word, href=target, data_in="", aria_current="page" if here else None,
                   id=f"served-{row['served']}")  # fmt: skip


def _verdict(reading: Reading, place: Place) -> Html:
    """The first sentence. Also what stands where there is nothing to see."""
    row = chosen(reading, place)
    if row is None:
        return _nothing(reading, place)
    if lapsed := reading.lapsed(KIND):
        words = f"What is served here was {lapsed}"
        return element(
            "div", element("p", "Stale", class_="word"), element("h1", f"{words}."), class_="verdict unknown"
        )
    said = verdict_of(row)
    last = (row["status"]["broken"] or {}).get("last", ())[-LINES_MAX:]
    cause = element("p", "Why: ", said.cause, class_="remedy") if said.cause else ""
    lines = element("pre", element("code", "\n".join(last)), class_="sql") if last and row["standing"] == "up" else ""
    remedy = element("p", "What to do: ", said.remedy, class_="remedy") if said.remedy else ""
    word = element("p", said.word, class_="word")
    heading = element("h1", f"{said.sentence}.")
    return element("div", word, heading, cause, lines, remedy, class_=f"verdict {said.standing}")


def _nothing(reading: Reading, place: Place) -> Html:
    found = reading.details.get(KIND)
    if found is None:
        why = reading.lapsed(KIND).partition(": ")[2]
        words = f"What is served here cannot be seen: {why}" if why else "What is served here was not looked at yet."
        return part("Scaling", element("p", words, class_="empty"))
    ended = [f"{one['served']} was ended at {clock(one['at'])}." for one in found[1].get("ended", ())]
    asked = f"{place.served} is not served here." if place.served and not ended else ""
    to_serve = element("p", "To serve an application by as many workers as its load asks for, in this directory: ",
                       element("code", _TO_SERVE), class_="empty")  # fmt: skip
    if served(reading):
        return part(
            f"{place.served} is not served here", element("p", " ".join(ended), class_="empty") if ended else ""
        )
    said = " ".join([asked, *ended, *_silent(reading)]).strip()
    return part("Nothing is served here", element("p", said, class_="empty") if said else "", to_serve)


def _workers(reading: Reading, place: Place) -> Html:
    row = chosen(reading, place)
    if row is None:
        return Html("")
    if row["standing"] != "up":
        gone = f"Not known since {clock(row['seen_s'])}: its supervisor does not answer."
        return part("Workers", element("p", gone, class_="empty"))
    status = row["status"]
    caption = f"Of {row['served']}, at {status['address']}, by process {status['pid']}"
    shown = table(place, "workers", caption, _WORKERS, status["workers"], nothing="There is no worker.")
    return part("Workers", shown, aside=seen(reading, KIND))


def _goes_by(reading: Reading, place: Place) -> Html:
    """How requests are spread, what is expected, what the database allows."""
    status = answering(reading, place)
    if status is None:
        return Html("")
    said = [("Policy", f"{status['policy']}{', paused' if status['paused'] else ''}"), *_balancing(status["balancer"])]
    if (forecast := status["forecast"]) is not None:
        said.append(("Forecast", _forecast(forecast)))
    budget = status["database"]
    said.append(("Database connections", "no budget is given" if budget is None else _budget(budget)))
    if (reload := status.get("reload")) is not None and reload["state"] != "done":
        said.append(("Reload", _reload(reload)))
    if (figures := status.get("figures")) is not None:
        told = figures["trouble"] or ", ".join(figures["readings"]) or "none yet"
        said.append((f"Figures of {figures['where']}", told))
    return part("What it goes by", pairs(*said))


def _balancing(balancer: Row) -> Sequence[tuple[str, str]]:
    told = balancer["weights"]
    weights = ", ".join(f"{name} {weight}" for name, weight in sorted(told.items()))
    said = [("Requests are spread by", balancer["algorithm"] + (f", weights told: {weights}" if weights else ""))]
    if balancer["admit_per_s"] is not None:
        rate = format_rate(balancer["admit_per_s"])
        said.append(("Let in at most", f"{rate}; more is refused at once, so that the rest is answered in time"))
    if (totals := balancer["totals"]) is not None:
        counted = f"{plural(totals['requests'], 'request')}, {plural(totals['errors'], 'error')}"
        more = f"{format_count(totals['refused'])} refused, {format_count(totals['retries'])} sent again"
        said.append((f"Since {moment(totals['since'])}", f"{counted}, {more}"))
    return said


def _reload(reload: Row) -> str:
    old = f"{plural(reload['old'], 'worker')} of the code before {'is' if reload['old'] == 1 else 'are'} left"
    why = f", since {reload['why']}" if reload["why"] else ""
    return f"{reload['state']}, to generation {reload['generation']}{why}; {old}"


def _forecast(forecast: Row) -> str:
    if not forecast["believed"] and forecast["error"] >= 1:
        return "too little is known of yesterday at this time"
    error = f"its mean error of the last hour is {format_share(forecast['error'])}"
    if not forecast["believed"]:
        return f"yesterday at this time is not believed: {error}"
    if forecast["expected_per_s"] is None:
        return f"nothing is known of yesterday at this time; {error}"
    return f"{format_rate(forecast['expected_per_s'])} are expected, by yesterday and today's level; {error}"


def _budget(budget: Row) -> str:
    others: Any = budget["others"]
    theirs = "others' are not measured" if others is None else f"{format_count(round(others))} are others'"
    return (
        f"{format_count(budget['connections_max'])} in all, {format_count(budget['reserved'])} reserved, {theirs}; "
        f"pools of {budget['pool']}: {plural(budget['workers_max'], 'worker')} at most"
    )


SLOTS: Final[Sequence[Slot]] = (
    Slot("choice", _choice, kinds=(KIND,)),
    Slot("verdict", _verdict, kinds=(KIND,)),
    Slot("numbers", scaling_numbers, kinds=(KIND,)),
    CHARTS,
    Slot("decisions", decisions, holds=True, stamped=decisions_stamp),
    Slot("workers", _workers, holds=True, kinds=(KIND,)),
    Slot("goes-by", _goes_by, holds=True, kinds=(KIND,)),
    Slot("forms", forms, holds=True, stamped=forms_stamp),
    Slot("happenings", happenings, holds=True, stamped=happenings_stamp),
)
