"""Reading HAR files: plain, with a byte order mark, gzipped, or in a zip archive with its bodies beside it."""

import json
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from plimsoll.core.errors import UsageError
from plimsoll.core.units import format_bytes

FILE_BYTES_MAX = 256 * 2**20  # of the file; held in memory several times over while it is read
BODY_BYTES_MAX = 4 * 2**20  # of a body kept in a file of its own; nothing is looked for in a larger one
SMALLER = "record less of it, or save it without content"

Attachment = Callable[[str], bytes | None]  # a body that the archive holds in a file of its own


def read_document(path: Path) -> tuple[Any, Attachment]:
    """What the JSON says, and how to get at bodies that lie beside it. Raises UsageError."""
    try:
        with path.open("rb") as file:
            content = file.read(FILE_BYTES_MAX + 1)
        if content[:4] == b"PK\x03\x04":
            return _read_archive(path)
        if len(content) > FILE_BYTES_MAX or len(content := _unpacked(content)) > FILE_BYTES_MAX:
            raise _too_large(path)
        return decoded(content, str(path)), _beside(path)
    except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError) as error:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise UsageError(f"cannot read {path}", why=why, remedy="name a HAR file") from None


def _unpacked(content: bytes) -> bytes:
    """Out of gzip, where it is that; no more than one byte over the bound."""
    if content[:2] != b"\x1f\x8b":
        return content
    return zlib.decompressobj(wbits=31).decompress(content, FILE_BYTES_MAX + 1)


def decoded(content: bytes, where: str) -> Any:
    """The JSON of a file in UTF-8 or, with its mark, UTF-16. Raises UsageError that says where it breaks off."""
    if not content.strip():
        raise UsageError("no HAR file", where=where, why="it is empty", remedy="save the recording again")
    try:
        return json.loads(_text(content))
    except json.JSONDecodeError as error:
        broken_off = error.pos >= len(error.doc.rstrip()) - 1 or error.msg.startswith("Unterminated string")
        why = "it breaks off in the middle" if broken_off else f"it is not JSON: {error.msg}"
        place = f"{where}, line {error.lineno}, column {error.colno}"
        raise UsageError("no HAR file", where=place, why=why, remedy="save the recording again") from None
    except UnicodeDecodeError:
        raise UsageError(
            "no HAR file", where=where, why="it is not text in UTF-8", remedy="save the recording as HAR"
        ) from None
    except RecursionError:
        raise UsageError("no HAR file", where=where, why="it is nested too deeply", remedy=SMALLER) from None


def _text(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16")
    return content.decode("utf-8-sig")


def _read_archive(path: Path) -> tuple[Any, Attachment]:
    with zipfile.ZipFile(path) as archive:
        names = sorted((name for name in archive.namelist() if name.endswith(".har")), key=len)
        if not names:
            raise UsageError("no HAR file", where=str(path), why="the archive holds none", remedy="name another")
        if archive.getinfo(names[0]).file_size > FILE_BYTES_MAX:
            raise _too_large(path)
        document = decoded(archive.read(names[0]), f"{path}, {names[0]}")
    return document, lambda name: _from_archive(path, str(PurePosixPath(names[0]).parent / name))


def _from_archive(path: Path, name: str) -> bytes | None:
    with zipfile.ZipFile(path) as archive:
        try:
            return archive.read(name) if archive.getinfo(name).file_size <= BODY_BYTES_MAX else None
        except KeyError:
            return None


def _beside(path: Path) -> Attachment:
    def read(name: str) -> bytes | None:
        wanted = path.parent / name
        if wanted.name != name or not wanted.is_file() or wanted.stat().st_size > BODY_BYTES_MAX:
            return None  # a name with a folder in it could lead anywhere
        return wanted.read_bytes()

    return read


def _too_large(path: Path) -> UsageError:
    why = f"at most {format_bytes(FILE_BYTES_MAX)} are read"
    return UsageError("the HAR file is too large", where=str(path), why=why, remedy=SMALLER)
