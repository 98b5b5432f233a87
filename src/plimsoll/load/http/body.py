"""Request bodies: JSON, forms, multipart streamed from disk, bytes as they are."""

import asyncio
import json
import mimetypes
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final
from urllib.parse import quote_plus

from plimsoll.core.errors import UsageError
from plimsoll.load.language.feeding import Feed

PIECE_BYTES: Final = 256 * 1024  # of a file, read at a time
_ANY_BYTE: Final = "surrogateescape"  # a field's bytes go out as they are, whatever text they are or are not
Pairs = Mapping[str, Any] | Iterable[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent after the head: `parts` are bytes, or files with the size that they had when they were named."""

    content_type: str
    parts: tuple["bytes | FilePart", ...]

    @property
    def length(self) -> int:
        return sum(len(part) if isinstance(part, bytes) else part.size for part in self.parts)

    @property
    def whole(self) -> bytes | None:
        """All of it, where nothing has to be read from disk."""
        return self.parts[0] if len(self.parts) == 1 and isinstance(self.parts[0], bytes) else None

    async def pieces(self) -> AsyncIterator[bytes]:
        """Raises UsageError where a file has changed since: its length has been promised."""
        for part in self.parts:
            if isinstance(part, bytes):
                yield part
            else:
                async for piece in part.pieces():
                    yield piece


@dataclass(frozen=True, slots=True)
class FilePart:
    path: Path
    size: int

    @classmethod
    def of(cls, path: Path) -> "FilePart":
        """Raises UsageError for what is no readable file."""
        try:
            with path.open("rb") as file:
                return cls(path, file.seek(0, 2))
        except OSError as error:
            raise UsageError(f"cannot send {path}", why=error.strerror or str(error), remedy="name a file") from error

    async def pieces(self) -> AsyncIterator[bytes]:
        """In a thread, since a disk may make everybody wait."""
        left = self.size
        try:
            with await asyncio.to_thread(self.path.open, "rb") as file:
                while left:
                    piece = await asyncio.to_thread(file.read, min(PIECE_BYTES, left))
                    if not piece:
                        break
                    left -= len(piece)
                    yield piece
        except OSError as error:
            raise UsageError(f"cannot send {self.path}", why=error.strerror or str(error)) from error
        if left:
            raise UsageError(f"cannot send all of {self.path}", why="it became shorter while it was read")


def json_body(value: Any) -> Body:
    """Raises UsageError for a value that JSON cannot hold. Feeds in it are drawn."""
    try:
        text = json.dumps(drawn(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_plain)
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(
            "user.http cannot send that as JSON", why=str(error), remedy="texts, numbers, lists, dicts"
        ) from error
    return Body("application/json", (text.encode(errors="surrogatepass"),))


def _plain(value: Any) -> Any:
    """What databases return and JSON has no word for: UUIDs, dates, decimals."""
    if type(value).__module__ in ("uuid", "datetime", "decimal") or type(value).__module__.startswith("asyncpg"):
        return value.isoformat() if hasattr(value, "isoformat") else str(value)
    raise TypeError(f"a {type(value).__name__} has no form in JSON")


def form_body(fields: Pairs) -> Body:
    return Body("application/x-www-form-urlencoded", (urlencoded(fields).encode("ascii"),))


def content_body(content: bytes | bytearray | str) -> Body:
    """Raises UsageError for what is neither bytes nor text."""
    if isinstance(content, str):
        return Body("text/plain; charset=utf-8", (content.encode(),))
    if isinstance(content, (bytes, bytearray, memoryview)):
        return Body("application/octet-stream", (bytes(content),))
    raise UsageError("content is neither bytes nor text", why=f"it is a {type(content).__name__}")


def multipart_body(files: Pairs, fields: Pairs, random: Random, directory: Path) -> Body:
    """Fields and files as multipart/form-data; relative paths are looked for in `directory`, the scenario's."""
    boundary = f"plimsoll{random.getrandbits(128):032x}"
    parts: list[bytes | FilePart] = []
    for name, value in pairs(fields):
        parts.append(_part_head(boundary, name) + b"\r\n" + value.encode(errors=_ANY_BYTE) + b"\r\n")
    for name, given in files.items() if isinstance(files, Mapping) else files:
        file_name, content, content_type = _file(name, drawn(given), directory)
        parts += [_part_head(boundary, name, file_name, content_type) + b"\r\n", content, b"\r\n"]
    parts.append(f"--{boundary}--\r\n".encode())
    return Body(f"multipart/form-data; boundary={boundary}", tuple(_joined(parts)))


def _part_head(boundary: str, name: str, file_name: str | None = None, content_type: str = "") -> bytes:
    """Quoting as browsers do (WHATWG): only quotes and line breaks are escaped."""
    said = f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"'
    if file_name is not None:
        said += f'; filename="{_quoted(file_name)}"\r\nContent-Type: {content_type}'
    return f"{said}\r\n".encode()


def _quoted(text: str) -> str:
    return text.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")


def _file(name: str, given: Any, directory: Path) -> tuple[str, bytes | FilePart, str]:
    """(file name, content, content type) of what a scenario named as a file."""
    if isinstance(given, (str, Path)):
        given = (Path(given).name, Path(given))
    if not _is_file(given):
        raise UsageError(
            f"wrong file for the field {name!r}",
            why="it is neither a path nor (file name, content), nor (file name, content, content type)",
            remedy='files={"file": "samples/a.xlf"}, or {"file": ("a.xlf", content, "application/xml")}',
        )
    file_name, content = given[0], given[1]
    content_type = given[2] if len(given) == 3 else mimetypes.guess_type(file_name)[0] or "application/octet-stream"
    if "\r" in content_type or "\n" in content_type:
        raise UsageError(f"wrong content type for the field {name!r}", why="it holds a line break")
    if isinstance(content, Path):
        return file_name, FilePart.of(directory / content), content_type
    return file_name, content.encode() if isinstance(content, str) else bytes(content), content_type


def _is_file(given: Any) -> bool:
    """Whether it is (file name, content) or (file name, content, content type)."""
    if not isinstance(given, (tuple, list)) or not 2 <= len(given) <= 3:
        return False
    kinds: tuple[type | tuple[type, ...], ...] = (str, (bytes, bytearray, memoryview, str, Path), str)
    return all(isinstance(one, kind) for one, kind in zip(given, kinds, strict=False))


def _joined(parts: Iterable[bytes | FilePart]) -> Iterator[bytes | FilePart]:
    """Bytes beside each other as one."""
    kept = bytearray()
    for part in parts:
        if isinstance(part, bytes):
            kept += part
            continue
        yield bytes(kept)
        kept.clear()
        yield part
    yield bytes(kept)


# -- values ------------------------------------------------------------------------------------------------------------


def drawn(value: Any) -> Any:
    """The value with every feed in it drawn."""
    if isinstance(value, Feed):
        return value.draw()
    if isinstance(value, dict):
        return {key: drawn(inner) for key, inner in value.items()}
    if type(value) in (list, tuple):
        return type(value)(drawn(inner) for inner in value)
    return value


def pairs(fields: Pairs) -> Iterator[tuple[str, str]]:
    """Names and texts: None is left out, a list gives its name once for each, feeds are drawn."""
    for name, value in fields.items() if isinstance(fields, Mapping) else fields:
        value = drawn(value)
        for inner in value if isinstance(value, (list, tuple)) else (value,):
            if inner is not None:
                yield str(name), _as_text(inner)


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.decode(errors=_ANY_BYTE)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def urlencoded(fields: Pairs) -> str:
    return "&".join(f"{quote_plus(name)}={quote_plus(text, errors=_ANY_BYTE)}" for name, text in pairs(fields))
