"""What was decided and why, what happened to workers: in plain words, the newest first."""

from collections.abc import Callable, Hashable, Mapping
from typing import Final

from plimsoll.core.scaling import DecisionRecord
from plimsoll.core.units import format_duration, format_rate, format_share
from plimsoll.server.dashboard.markup import Html, element, joined
from plimsoll.server.dashboard.place import Place
from plimsoll.server.dashboard.scaling_served import Row, chosen
from plimsoll.server.dashboard.slots import pairs, part
from plimsoll.server.dashboard.tables import Column, table
from plimsoll.server.reading.reading import Reading
from plimsoll.server.reading.say import clock, moment, number

SHOWN: Final = 15
_INPUTS: Final[Mapping[str, tuple[str, Callable[[float], str]]]] = {
    "rate": ("Requests that arrived", format_rate),
    "served": ("Requests answered", format_rate),
    "in_flight": ("In flight", number),
    "queue": ("Waiting", number),
    "cpu": ("CPU of the workers", format_share),
    "memory": ("Memory of the workers, of their limit", format_share),
    "latency_s": ("Time of a request", format_duration),
    "other_connections": ("Others' database connections", number),
}


def decisions(reading: Reading, place: Place) -> Html:
    """The one that holds now, those that are worth a line, and the one that was opened."""
    row = chosen(reading, place)
    if row is None:
        return Html("")
    rows = [
        {**one, "href": place.href(decision=_id(one)), "open": _id(one) == place.decision} for one in row["decisions"]
    ]
    opened = next((one for one in rows if one["open"]), None)
    shown = table(
        place, "decisions", "What changed something, or was kept from it; each opens with what it went by",
        _DECISIONS, rows, nothing="Nothing has been decided that changed anything, or was kept from it.", shown=SHOWN,
    )  # fmt: skip
    return part(
        "Decisions", _now(row), "" if opened is None else _whole(opened, place), element("div", shown, class_="plain")
    )


def decisions_stamp(reading: Reading, place: Place) -> Hashable:
    row = chosen(reading, place)
    if row is None:
        return None
    newest = row["decisions"][0]["at"] if row["decisions"] else None
    return row["served"], row["standing"], newest, place.decision, _now(row)


def _now(row: Row) -> Html:
    decision = row["status"]["decision"]
    if decision is None or row["standing"] != "up":
        return Html("")
    return element("p", element("b", "Now: "), f"{DecisionRecord.of_json(decision).summary}.")


def _whole(one: Row, place: Place) -> Html:
    """A decision with its inputs, and what would have changed it."""
    head = element("h3", f"{moment(one['at'])}: {DecisionRecord.of_json(_plain(one)).summary}")
    inputs = pairs(*(_input(name, value) for name, value in one["inputs"].items()))
    would = [element("li", f"{other['text'][:1].upper()}{other['text'][1:]}") for other in one["would_change"]]
    else_ = (
        element("ul", *would, class_="events") if would else element("p", "No single reading or limit.", class_="empty")
    )
    close = element("a", "Close it", href=place.href(decision=""), data_in="", id="decision-close")
    policy = element(
        "p", f"By {one['policy']}, rule {one['rule']}; the load alone asked for {one['asked']}.", class_="soft"
    )
    return element(
        "div", head, policy, element("h3", "It went by"), inputs, element("h3", "What would have changed it"), else_,
        element("p", close), class_="opened",
    )  # fmt: skip


def _plain(one: Row) -> dict[str, object]:
    return {name: value for name, value in one.items() if name not in ("href", "open")}


def _input(name: str, value: float) -> tuple[str, str]:
    title, say = _INPUTS.get(name, (name, number))
    return title, say(value)


def _id(one: Row) -> str:
    return f"{one['at']:.3f}"


def _when(row: Row) -> Html:
    return element("time", clock(row["at"]), title=moment(row["at"]))


def _step(row: Row) -> Html:
    if row["wanted"] == row["before"]:
        return element("span", f"{row['wanted']} stay", class_="soft")
    step = f"{row['before']} → {row['wanted']}"
    return element("b", step) if row["done"] else joined(step, element("span", ", paused", class_="doubt"))


def _why(row: Row) -> Html:
    mark = f"decision-{row['at']:.0f}"
    return element(
        "a", row["because"], href=row["href"], data_in="", id=mark, aria_current="true" if row["open"] else None
    )


_DECISIONS: Final = (
    Column("at", "At", _when, lambda row: row["at"]),
    Column("step", "Workers", _step),
    Column("why", "Why", _why),
)


def happenings(reading: Reading, place: Place) -> Html:
    """Of workers and the whole, with what a process said at its end."""
    row = chosen(reading, place)
    if row is None:
        return Html("")
    shown = table(
        place, "happenings", "The newest first; all that workers say is in workers.log of the state directory",
        _HAPPENINGS, row["happenings"], nothing="Nothing has happened to its workers.", shown=SHOWN,
    )  # fmt: skip
    return part("What happened to workers", element("div", shown, class_="plain"))


def happenings_stamp(reading: Reading, place: Place) -> Hashable:
    row = chosen(reading, place)
    return None if row is None else (row["served"], row["happenings"][0]["at"] if row["happenings"] else None)


def _text(row: Row) -> Html:
    said = element("pre", element("code", "\n".join(row["said"])), class_="sql") if row["said"] else ""
    return joined(row["text"], said)


_HAPPENINGS: Final = (
    Column("at", "At", _when, lambda row: row["at"]),
    Column("worker", "Worker", lambda row: row["worker"] or "all"),
    Column("text", "What", _text),
)
