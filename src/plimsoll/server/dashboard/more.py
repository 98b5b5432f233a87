"""What other commands will show here, once they have something to say."""

from collections.abc import Sequence
from typing import Final

from plimsoll.server.dashboard.markup import Html, element, joined
from plimsoll.server.dashboard.place import Place
from plimsoll.server.dashboard.slots import Slot, part
from plimsoll.server.reading.reading import Reading

_ROOMS: Final = (
    ("Tune", "plimsoll tune", "settings that were tried, and what each gave"),
    ("Scaling", "plimsoll scale", "workers, and why their number changed"),
)


def _rooms(_: Reading, __: Place) -> Html:
    said = (
        joined(element("dt", name), element("dd", what, ": ", element("code", command)))
        for name, command, what in _ROOMS
    )
    intro = element("p", "Not there yet. What will stand here, and the command that will fill it:", class_="empty")
    return part("More", intro, element("dl", *said, class_="pairs"))


SLOTS: Final[Sequence[Slot]] = (Slot("rooms", _rooms),)
