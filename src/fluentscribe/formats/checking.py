"""Small checks that several formats share."""

from collections.abc import Sequence

from fluentscribe.formats.languages import primary
from fluentscribe.formats.limits import ID_CHARACTERS_MAX, SEGMENT_CHARACTERS_MAX
from fluentscribe.formats.markup import Element, line_of
from fluentscribe.formats.values import Refused


class Ids:
    """Ids that were seen, as hashes of 64 bits: 500,000 of them take 50 MB less than the ids themselves could."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def add(self, new: str, element: Element, what: str = "id") -> None:
        """Raises Refused for an id that was there before."""
        self.add_at(new, line_of(element), what)

    def add_at(self, new: str, line: int | None, what: str = "id") -> None:
        if len(new) > ID_CHARACTERS_MAX:
            raise Refused("attribute-too-long", f"an id of more than {ID_CHARACTERS_MAX:,} characters", line)
        known = hash(new)
        if known in self._seen:
            raise Refused("duplicate-id", f"the {what} {new!r} stands twice", line)
        self._seen.add(known)


def required(element: Element, attribute: str) -> str:
    """An attribute's value. Raises Refused where it is missing or empty."""
    value = element.get(attribute)
    if not value or not value.strip():
        name = str(element.tag).rpartition("}")[2]
        raise Refused("missing-attribute", f"a {name} element has no {attribute}", line_of(element))
    return value


def languages_agree(first: str | None, later: str | None, element: Element) -> None:
    """Raises Refused where a file speaks of two languages: a session has one of each."""
    if first and later and primary(first) != primary(later):
        raise Refused(
            "mixed-languages", f"one part is in {first}, another in {later}; split the file", line_of(element)
        )


def bounded_note(notes: Sequence[str], element: Element) -> str:
    """All notes, a line each. Raises Refused where they are too long."""
    note = "\n".join(text for note in notes if (text := note.strip()))
    if len(note) > SEGMENT_CHARACTERS_MAX:
        raise Refused("too-long", f"notes of more than {SEGMENT_CHARACTERS_MAX:,} characters", line_of(element))
    return note
