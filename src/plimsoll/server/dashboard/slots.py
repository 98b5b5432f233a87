"""What a tab consists of: parts in order, each made from a reading, or the place where the charts stand."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from plimsoll.server.dashboard.markup import Html, element, joined
from plimsoll.server.dashboard.place import Place
from plimsoll.server.reading.reading import Reading
from plimsoll.server.reading.say import clock, moment

Say = Callable[[Reading, Place], Html]


@dataclass(frozen=True, slots=True)
class Slot:
    """`say` None is where the charts stand. A part that `holds` keeps still while it is pointed at: one reads or
    copies it. It is said anew when a document of one of `kinds` is, or else every `every_s` seconds."""

    name: str
    say: Say | None = None
    holds: bool = False
    kinds: Sequence[str] = ()
    every_s: float = 10.0

    def stamp(self, reading: Reading) -> Hashable:
        """What changes when it is to be said anew."""
        if self.kinds:
            return tuple(found[0] if (found := reading.details.get(kind)) else None for kind in self.kinds)
        return reading.now_s // self.every_s


CHARTS = Slot("charts")


def part(heading: str, *content: str, aside: str = "") -> Html:
    """A part with its heading, and beside it what is said of the whole."""
    return joined(element("div", element("h2", heading), aside, class_="heading"), *content)


def seen(reading: Reading, kind: str) -> Html:
    """When a document was seen, for a heading's side."""
    found = reading.details.get(kind)
    if found is None:
        return Html("")
    return element("p", "Seen at ", element("time", clock(found[0]), title=moment(found[0])), class_="soft")


def pairs(*said: tuple[str, str]) -> Html:
    """Names and what is known of them."""
    return element("dl", *(joined(element("dt", name), element("dd", what)) for name, what in said), class_="pairs")
