"""A body of multipart/form-data, piece by piece: which file begins, its bytes, that it ends."""

from dataclasses import dataclass
from enum import Enum

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from fluentscribe.uploads.errors import NotTaken, malformed, too_large, unfit
from fluentscribe.uploads.limits import FILES_MAX, PART_HEADER_BYTES_MAX, PART_HEADERS_MAX
from fluentscribe.uploads.names import clean_name

FIELD = b"files"


@dataclass(frozen=True, slots=True)
class Began:
    """A file begins, called so by its sender."""

    name: str


class Ended(Enum):
    """The file that began last is whole."""

    ENDED = 0


Event = Began | bytes | Ended


class Multipart:
    """Knows nothing but the part that it is in. Raises NotTaken, at once for a body of another kind."""

    def __init__(self, content_type: str | None) -> None:
        self._events: list[Event] = []
        self._files = 0
        self._whole = False
        self._begin()
        self._parser = MultipartParser(
            _boundary(content_type),
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, start, end: self._header(self._field, data[start:end]),
                "on_header_value": lambda data, start, end: self._header(self._value, data[start:end]),
                "on_header_end": self._header_ended,
                "on_headers_finished": self._file_begins,
                "on_part_data": lambda data, start, end: self._events.append(data[start:end]),
                "on_part_end": lambda: self._events.append(Ended.ENDED),
                "on_end": self._end,
            },
        )

    def feed(self, chunk: bytes) -> list[Event]:
        """What the bytes bring."""
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise malformed(f"the body is no multipart/form-data: {str(error)[:200]}") from None
        events, self._events = self._events, []
        return events

    def finish(self) -> None:
        """To be called at the end of the body: raises NotTaken where more should have come."""
        if not self._whole:
            raise malformed("the body ends before its final boundary")
        if not self._files:
            raise unfit("no file was sent")

    def _begin(self) -> None:
        self._headers: dict[bytes, bytes] = {}
        self._field, self._value = bytearray(), bytearray()
        self._header_bytes = 0

    def _header(self, piece: bytearray, data: bytes) -> None:
        piece += data
        self._header_bytes += len(data)
        if self._header_bytes > PART_HEADER_BYTES_MAX:
            raise too_large(f"a part has more than {PART_HEADER_BYTES_MAX:,} bytes of headers")

    def _header_ended(self) -> None:
        self._headers[bytes(self._field).lower()] = bytes(self._value)
        self._field.clear()
        self._value.clear()
        self._header_bytes += 4  # colon, blank and line end: headers of nothing have an end as well
        if len(self._headers) > PART_HEADERS_MAX:
            raise too_large(f"a part has more than {PART_HEADERS_MAX} headers")

    def _file_begins(self) -> None:
        self._files += 1
        if self._files > FILES_MAX:
            raise unfit(f"more than {FILES_MAX} files")
        self._events.append(Began(_file_name(self._headers.get(b"content-disposition", b""))))

    def _end(self) -> None:
        self._whole = True


def _boundary(content_type: str | None) -> bytes:
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data":
        raise NotTaken(
            415, "unsupported-media-type", "Unsupported media type", "files are sent as multipart/form-data", None
        )
    boundary = options.get(b"boundary", b"")
    if not 1 <= len(boundary) <= 70:  # RFC 2046
        raise malformed("the boundary of multipart/form-data has 1 to 70 characters")
    return boundary


def _file_name(disposition: bytes) -> str:
    """Of a part that is a file."""
    kind, options = parse_options_header(disposition.decode("latin-1"))
    if kind != b"form-data" or options.get(b"name") != FIELD:
        raise unfit("a part that is not called `files`")
    if b"filename" not in options:
        raise unfit("a part that is no file: it has no file name")
    return clean_name(options[b"filename"])
