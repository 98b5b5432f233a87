"""What a HAR file tells, as values: the exchanges of a recording. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

Pairs = tuple[tuple[str, str], ...]
_PORTS = {"http": ":80", "https": ":443", "ws": ":80", "wss": ":443"}


@dataclass(frozen=True, slots=True)
class Post:
    """A request's body as it was recorded. `content` is None where the recording does not have it."""

    content_type: str
    content: str | bytes | None
    params: tuple["Param", ...] = ()
    size: int = 0


@dataclass(frozen=True, slots=True)
class Param:
    """A field of a form; `file_name` tells an upload."""

    name: str
    value: str | None
    file_name: str = ""
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer. Times are in seconds since 1970, None where they cannot be read."""

    number: int  # its place in the file, from 1
    method: str
    url: str
    started: float | None = None
    ended: float | None = None
    headers: Pairs = ()
    post: Post | None = None
    status: int = 0
    reply_headers: Pairs = ()
    reply_type: str = ""
    reply_text: str | None = None
    location: str = ""
    resource: str = ""  # "document", "xhr", "image" ... where the recorder says it
    page: str = ""
    cached: bool = False

    @property
    def scheme(self) -> str:
        return urlsplit(self.url).scheme.lower()

    @property
    def host(self) -> str:
        return host_of(self.url)

    @property
    def path(self) -> str:
        return urlsplit(self.url).path or "/"

    @property
    def query(self) -> str:
        return urlsplit(self.url).query

    @property
    def label(self) -> str:
        """How a person would speak of it; no query, which may hold secrets."""
        return f"{self.method} {self.path}"[:120]

    def header(self, name: str) -> str:
        return header_of(self.headers, name)


@dataclass(frozen=True, slots=True)
class Recording:
    """A whole file. `broken` are the numbers of entries that hold no request, with the reason."""

    exchanges: tuple[Exchange, ...]
    recorder: str = ""
    titles: dict[str, str] = field(default_factory=dict)  # by page
    broken: tuple[tuple[int, str], ...] = ()


def host_of(url: str) -> str:
    """Host and port in lower case; the port left out where it is the scheme's own, and a user's name always."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    host = parts.netloc.rpartition("@")[2].lower()
    return host.removesuffix(_PORTS.get(parts.scheme.lower(), " "))


def header_of(headers: Iterable[tuple[str, str]], name: str) -> str:
    """The first header of that name, "" where there is none."""
    return next((value for key, value in headers if key.lower() == name), "")


def essence(content_type: str) -> str:
    """The media type without its parameters."""
    return content_type.partition(";")[0].strip().lower()
