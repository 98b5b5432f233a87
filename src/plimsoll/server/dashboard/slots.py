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
    copies it. It is said anew when a document of one of `kinds` is, when what `stamped` tells changes, or else every
    `every_s` seconds."""

    name: str
    say: Say | None = None
    holds: bool = False
    kinds: Sequence[str] = ()
    every_s: float = 10.0
    stamped: Callable[[Reading, Place], Hashable] | None = None

    def stamp(self, reading: Reading, place: Place) -> Hashable:
        """What changes when it is to be said anew."""
        if self.stamped is not None:
            return self.stamped(reading, place)
        if self.kinds:
            found = (reading.details.get(kind) for kind in self.kinds)
            return tuple(one[0] if one else None for one in found), *map(reading.lapsed, self.kinds)
        return reading.now_s // self.every_s


CHARTS = Slot("charts")


def part(heading: str, *content: str, aside: str = "") -> Html:
    """A part with its heading, and beside it what is said of the whole."""
    return joined(element("div", element("h2", heading), aside, class_="heading"), *content)


def seen(reading: Reading, kind: str) -> Html:
    """When a document was seen, for a heading's side; where it does not tell what is so now, why."""
    found, lapsed = reading.details.get(kind), reading.lapsed(kind)
    if lapsed:
        return element("p", element("b", _sentence(lapsed), class_="doubt"))
    if found is None:
        return Html("")
    return element("p", "Seen at ", element("time", clock(found[0]), title=moment(found[0])), class_="soft")


def unseen(reading: Reading, kind: str, nothing: str) -> str:
    """What stands where a document has no rows: `nothing` is said only of what is seen now."""
    if reading.lapsed(kind):
        return "Not known: the reason stands above."
    return nothing if kind in reading.details else "Not seen yet."


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def pairs(*said: tuple[str, str]) -> Html:
    """Names and what is known of them."""
    return element("dl", *(joined(element("dt", name), element("dd", what)) for name, what in said), class_="pairs")
