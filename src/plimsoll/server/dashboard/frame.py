"""What stands around every tab: name, target, health, the time of the last data, theme, tabs and windows."""

from typing import Final

from plimsoll.server.dashboard.markup import Html, element, joined
from plimsoll.server.dashboard.place import TABS, WINDOWS, Place
from plimsoll.server.reading.health import health
from plimsoll.server.reading.reading import Reading
from plimsoll.server.reading.say import ago, clock, moment

_THEMES: Final = {"auto": "Auto", "light": "Light", "dark": "Dark"}
_WITH_WINDOW: Final = frozenset({"overview", "system", "database", "cache", "scaling", "edge", "load"})


def state_html(reading: Reading) -> Html:
    """A word that changes seldom: it is spoken when it does."""
    found = health(reading)
    return element("b", found.word, class_=found.standing, title=found.sentence)


def seen_html(reading: Reading) -> Html:
    """When there was data last. The age is of the server; where its connection is gone, the page hides it."""
    seen = reading.seen_s()
    if seen is None:
        return Html("no data yet")
    at = element("time", clock(seen), title=moment(seen))
    return joined("Last data ", at, element("span", f" · {ago(seen, reading.now_s)}", class_="age"))


def tabs_html(place: Place) -> Html:
    """Links, so that they are what links are everywhere."""
    return joined(*(_link(place, "tab", name, title) for name, title in TABS.items()))


def windows_html(place: Place) -> Html:
    if place.tab not in _WITH_WINDOW:
        return Html("")
    return joined(element("span", "Window"), *(_link(place, "window", name, _spaced(name)) for name in WINDOWS))


def themes_html() -> Html:
    buttons = (
        element("button", title, type="button", data_choose=name, aria_label=f"Theme: {title}")
        for name, title in _THEMES.items()
    )
    return joined(*buttons)


def _link(place: Place, what: str, name: str, title: str) -> Html:
    chosen = getattr(place, what) == name
    target = place.href(**{what: name})
    return element("a", title, href=target, data_in="", id=f"{what}-{name}", aria_current="page" if chosen else None)


def _spaced(window: str) -> str:
    return f"{window[:-1]} {'min' if window.endswith('m') else window[-1]}"
