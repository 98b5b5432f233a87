"""A file's bytes in pieces, unpacked where it is packed, whatever its name says. Bounded, and salvaging what it can."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, Literal

from plimsoll.core.errors import UsageError

PIECE_BYTES: Final = 4 << 20
UNPACKED_BYTES_MAX: Final = 64 << 30  # of one file: about 700 million rows; what claims more is a bomb

Packing = Literal["", "gzip", "zstd"]
_MAGIC: Final[dict[bytes, Packing]] = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS


@dataclass(slots=True)
class Ending:
    """Why a file's bytes ended before its end; "" where they did not."""

    cut_short_because: str = ""


@dataclass(slots=True)
class Opened:
    """`head` are the first bytes, which `pieces` give again; `ending` is told when the pieces are through."""

    packing: Packing
    head: bytes
    pieces: Iterator[bytes]
    ending: Ending = field(default_factory=Ending)


def open_bytes(file: BinaryIO, *, unpacked_max: int = UNPACKED_BYTES_MAX) -> Opened:
    """The content of an open file. Raises UsageError where it cannot be unpacked at all, and OSError."""
    first = file.read(PIECE_BYTES)
    packing = next((name for magic, name in _MAGIC.items() if first.startswith(magic)), "")
    ending = Ending()
    raw = _raw(first, file)
    unpacked = {"": lambda: raw, "gzip": lambda: _gunzip(raw, ending), "zstd": lambda: _unzstd(raw, ending)}[packing]()
    pieces = _decoded(_bounded(unpacked, unpacked_max, ending))
    head = next(pieces, b"")
    return Opened(packing, head, _chained(head, pieces), ending)


def check_is_file(path: Path) -> None:
    """Raises UsageError for what is no file that could be read."""
    try:
        if path.is_dir():
            raise UsageError("this is a directory, not a file", where=str(path), remedy="name a JTL file, or a run")
        if not path.exists():
            raise UsageError("there is no such file", where=str(path), remedy="check the path")
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> UsageError:
    return UsageError("cannot read the file", where=str(path), why=error.strerror or str(error))


def _raw(first: bytes, file: BinaryIO) -> Iterator[bytes]:
    piece = first
    while piece:
        yield piece
        piece = file.read(PIECE_BYTES)


def _chained(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if head:
        yield head
    yield from rest


def _bounded(pieces: Iterator[bytes], most: int, ending: Ending) -> Iterator[bytes]:
    seen = 0
    for piece in pieces:
        seen += len(piece)
        if seen > most:
            ending.cut_short_because = f"it unpacks to more than {most >> 30} GiB: the rest was not read"
            return
        yield piece


def _gunzip(raw: Iterator[bytes], ending: Ending) -> Iterator[bytes]:
    """Members of gzip one after another, as appended runs leave them; what is damaged ends it."""
    unpacker, begun = zlib.decompressobj(_GZIP_WINDOW), False
    for packed in raw:
        while packed:
            try:
                piece = unpacker.decompress(packed, PIECE_BYTES)
            except zlib.error as error:
                ending.cut_short_because = f"its compression is damaged ({error}): the rest was not read"
                return
            begun = True
            if piece:
                yield piece
            packed = unpacker.unconsumed_tail
            if unpacker.eof:
                packed = unpacker.unused_data.lstrip(b"\0")
                unpacker, begun = zlib.decompressobj(_GZIP_WINDOW), False
    if begun:
        ending.cut_short_because = "its compressed data ends in the middle: it was cut off, or is still being written"
        if rest := unpacker.flush():
            yield rest


def _unzstd(raw: Iterator[bytes], ending: Ending) -> Iterator[bytes]:
    import zstandard

    source = _Readable(raw)
    reader = zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(source, read_across_frames=True)
    while True:
        try:
            piece = reader.read(PIECE_BYTES)
        except zstandard.ZstdError as error:
            ending.cut_short_because = f"its compression is damaged ({error}): the rest was not read"
            return
        if not piece:
            return
        yield piece


class _Readable:
    """Pieces as something with `read`, for a library that asks rather than takes."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = b""

    def read(self, size: int) -> bytes:
        piece = self._left or next(self._pieces, b"")
        self._left = piece[size:]
        return piece[:size]


def _decoded(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """As UTF-8 without its mark; UTF-16 is known by its own. Damaged characters become replacement characters later."""
    first = next(pieces, b"")
    if first[:2] in (b"\xff\xfe", b"\xfe\xff"):
        yield from _recoded(first, pieces)
        return
    if rest := first.removeprefix(b"\xef\xbb\xbf"):
        yield rest
    yield from pieces


def _recoded(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    import codecs

    decoder = codecs.getincrementaldecoder("utf-16")(errors="replace")
    for piece in _chained(first, pieces):
        if text := decoder.decode(piece):
            yield text.encode("utf-8", "replace")
