"""The first screen: is it healthy; then the numbers, the charts on one axis, and what happened."""

from collections.abc import Sequence
from typing import Final

from plimsoll.core.observation import Event
from plimsoll.server.dashboard.figures import numbers_html
from plimsoll.server.dashboard.markup import Html, element, joined, since
from plimsoll.server.dashboard.place import Place
from plimsoll.server.dashboard.slots import CHARTS, Slot, part
from plimsoll.server.reading.health import Health, health
from plimsoll.server.reading.numbers import numbers
from plimsoll.server.reading.reading import Reading
from plimsoll.server.reading.say import clock, moment

EVENTS_SHOWN: Final = 12


def health_html(found: Health, now_s: float, place: Place, alerts: int) -> Html:
    """The word, the sentence, since when, what to do."""
    began = element("span", " for ", since(found.since_s, now_s), class_="soft") if found.since_s else ""
    there = Place(window=place.window).href(tab="alerts")
    all_of_them = joined(" · ", element("a", "all alerts", href=there, data_in="", id="all-alerts")) if alerts else ""
    remedy = element("p", "What to do: ", found.remedy, all_of_them, class_="remedy") if found.remedy else all_of_them
    word = element("p", found.word, began, class_="word")
    return element("div", word, element("h1", found.sentence), remedy, class_=f"verdict {found.standing}")


def _health(reading: Reading, place: Place) -> Html:
    return health_html(health(reading), reading.now_s, place, len(reading.alerts))


def _numbers(reading: Reading, _: Place) -> Html:
    return numbers_html(numbers(reading))


def _events(reading: Reading, place: Place) -> Html:
    within = [event for event in reading.events if event.at_s >= reading.now_s - place.window_s]
    newest = sorted(within, key=lambda event: -event.at_s)[:EVENTS_SHOWN]
    if not newest:
        return part(
            "What happened", element("p", "No run, restart, checkpoint or alert in this window.", class_="empty")
        )
    return part("What happened", element("ul", *(_event(event) for event in newest), class_="events"))


def _event(event: Event) -> Html:
    at = element("time", clock(event.at_s), title=moment(event.at_s))
    return element("li", at, " ", element("b", event.kind), " ", event.text)


SLOTS: Final[Sequence[Slot]] = (
    Slot("health", _health, every_s=2.0),
    Slot("numbers", _numbers, every_s=2.0),
    CHARTS,
    Slot("events", _events),
)
