"""A trace's bytes, unpacked where they are packed, whatever the name says; lines and records of bounded length."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, cast

from plimsoll.core.errors import UsageError

HEAD_BYTES: Final = 64 << 10  # by which the form is told
LINE_BYTES_MAX: Final = 64 << 10
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_WINDOW_BYTES_MAX: Final = 1 << 27


@contextmanager
def opened(path: Path) -> Iterator[io.BufferedReader]:
    """Raises UsageError for what cannot be read or unpacked, also while it is being read."""
    try:
        with path.open("rb") as file, _unpacked(file) as content:
            yield content
    except IsADirectoryError as error:
        raise UsageError("this is a directory, not a trace", where=str(path), remedy="name a file") from error
    except FileNotFoundError as error:
        raise UsageError("there is no such trace", where=str(path), remedy="check the path") from error
    except EOFError as error:
        raise _damaged(path, "it ends in the middle: it was cut off, or is still being written") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise _damaged(path, str(error)) from error
    except OSError as error:
        raise UsageError("cannot read the trace", where=str(path), why=error.strerror or str(error)) from error


def lines(file: io.BufferedReader, where: str) -> Iterator[tuple[int, bytes]]:
    """Numbered from 1, without their ends; empty ones are left out. Raises UsageError for one that is too long."""
    for number, line in enumerate(iter(partial(file.readline, LINE_BYTES_MAX + 1), b""), 1):
        if len(line) > LINE_BYTES_MAX:
            raise UsageError(
                "this line is too long for a trace",
                where=f"{where}, line {number}",
                why=f"it has more than {LINE_BYTES_MAX >> 10} KiB",
                remedy="a line a key; for a binary trace: --format oracle-general",
            )
        if text := line.strip():
            yield number, text


@contextmanager
def _unpacked(file: BinaryIO) -> Iterator[io.BufferedReader]:
    magic = file.read(4)
    file.seek(0)
    if magic.startswith(_GZIP):
        with gzip.open(file, "rb") as unpacked:
            yield io.BufferedReader(cast(io.RawIOBase, unpacked), 1 << 20)
    elif magic == _ZSTD:
        import zstandard

        unpacker = zstandard.ZstdDecompressor(max_window_size=_WINDOW_BYTES_MAX)
        try:
            with unpacker.stream_reader(file, read_across_frames=True) as reader:
                yield io.BufferedReader(cast(io.RawIOBase, reader), 1 << 20)
        except zstandard.ZstdError as error:
            raise zlib.error(str(error)) from error
    else:
        yield cast(io.BufferedReader, file)


def _damaged(path: Path, why: str) -> UsageError:
    return UsageError("the trace's compression is damaged", where=str(path), why=why, remedy="pack it anew")
