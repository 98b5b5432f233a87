"""Response headers, read from their raw bytes when somebody asks."""

from collections.abc import Iterator, Mapping
from typing import Final

END_OF_HEAD: Final = b"\r\n\r\n"


class Headers(Mapping[str, str]):
    """Case-insensitive; a header that comes several times is joined with ", ", and `get_all` gives each.

    `raw` begins with the status line, and may go on after the head. The parser has accepted it before.
    """

    __slots__ = ("_found", "_raw")

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._found: dict[str, list[str]] | None = None

    def _read(self) -> dict[str, list[str]]:
        if self._found is None:
            self._found = {}
            lines = self._raw.partition(END_OF_HEAD)[0].decode("latin-1").split("\r\n")
            for line in lines[1:]:
                name, _, value = line.partition(":")
                self._found.setdefault(name.lower(), []).append(value.strip(" \t"))
        return self._found

    def __getitem__(self, name: str) -> str:
        return ", ".join(self._read()[name.lower()])

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._read()

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __repr__(self) -> str:
        return f"Headers({dict(self)!r})"

    def get_all(self, name: str) -> list[str]:
        """Every value of a header, in order; empty where there is none."""
        return list(self._read().get(name.lower(), ()))

    @property
    def ends_with_connection(self) -> bool:
        """Whether only the end of the connection tells where the body ends."""
        return "content-length" not in self and "chunked" not in self.get("transfer-encoding", "").lower()
