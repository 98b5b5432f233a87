"""A value in an answer, and the Python that takes it out. Pure."""

from dataclasses import dataclass, field

from plimsoll.load.importers.har.secret_names import is_opaque, is_secret_name
from plimsoll.load.importers.har.words import is_id_name

PLACES_MAX = 20_000  # of one answer; a longer one is a list, of which the first say enough


@dataclass(frozen=True, slots=True)
class Place:
    """A value and the `code` that takes it out; "" for one in a page, which is located when it is needed."""

    value: str | int
    code: str
    name: str  # the key, field, cookie or header
    noun: str  # what it is about
    depth: int = 0
    is_cookie: bool = False
    text: str = field(default="", repr=False, compare=False)  # of the page
    start: int = 0  # in it

    @property
    def tells(self) -> bool:
        """Whether this can be known again for sure: made by a machine, or a token by name."""
        text = str(self.value)
        if self.name.lower() == "etag":
            return len(text) >= 6
        return is_opaque(text) or (isinstance(self.value, str) and len(text) >= 6 and is_secret_name(self.name))

    @property
    def is_number(self) -> bool:
        """Whether it is a number that identifies something: known again only beside a word for the same thing."""
        return str(self.value).isdigit() and is_id_name(self.name)
