"""A file's bytes in pieces, unpacked where it is packed, whatever its name says. Bounded, and salvaging what it can."""

import io
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal

from plimsoll.core.errors import UsageError

PIECE_BYTES: Final = 4 << 20
GATHERED_BYTES: Final = 1 << 20
SLICE_BYTES: Final = 64 << 10  # of packed data at once: what a damage in it makes one look at again
UNPACKED_BYTES_MAX: Final = 64 << 30  # of one file: about 700 million rows; what claims more is a bomb

Packing = Literal["", "gzip", "zstd"]
_MAGIC: Final[tuple[tuple[bytes, Packing], ...]] = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"))
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
    packing: Packing = next((name for magic, name in _MAGIC if first.startswith(magic)), "")
    ending = Ending()
    raw = _raw(first, file)
    unpacked = _gunzip(raw, ending) if packing == "gzip" else _unzstd(raw, ending) if packing == "zstd" else raw
    pieces = _decoded(_gathered(_bounded(unpacked, unpacked_max, ending)))
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


def _gathered(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Small pieces together, so that the first one shows what the file is."""
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= GATHERED_BYTES:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


def _gunzip(raw: Iterator[bytes], ending: Ending) -> Iterator[bytes]:
    """Members of gzip one after another, as appended runs leave them; what is damaged ends it."""
    unpacker, begun = zlib.decompressobj(_GZIP_WINDOW), False
    for packed in _sliced(raw):
        while packed:
            before = unpacker.copy()
            try:
                piece = unpacker.decompress(packed, PIECE_BYTES)
            except zlib.error as error:
                ending.cut_short_because = f"its compression is damaged ({error}): the rest was not read"
                yield from _until_damage(before, packed)
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


def _sliced(raw: Iterator[bytes]) -> Iterator[bytes]:
    return (piece[at : at + SLICE_BYTES] for piece in raw for at in range(0, len(piece), SLICE_BYTES))


def _until_damage(unpacker: "zlib._Decompress", packed: bytes) -> Iterator[bytes]:
    """Byte by byte: what comes out of the good ones before the bad one is lost otherwise."""
    with suppress(zlib.error):
        for at in range(len(packed)):
            if piece := unpacker.decompress(packed[at : at + 1]):
                yield piece


def _unzstd(raw: Iterator[bytes], ending: Ending) -> Iterator[bytes]:
    import zstandard

    unpacker = zstandard.ZstdDecompressor(max_window_size=1 << 27)
    reader = unpacker.stream_reader(io.BufferedReader(_Readable(raw), PIECE_BYTES), read_across_frames=True)
    while True:
        try:
            piece = reader.read(PIECE_BYTES)
        except zstandard.ZstdError as error:
            ending.cut_short_because = f"its compression is damaged ({error}): the rest was not read"
            return
        if not piece:
            return
        yield piece


class _Readable(io.RawIOBase):
    """Pieces as a file, for a library that asks rather than takes."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._left or next(self._pieces, b"")
        size = min(len(buffer), len(piece))
        buffer[:size], self._left = piece[:size], piece[size:]
        return size


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
