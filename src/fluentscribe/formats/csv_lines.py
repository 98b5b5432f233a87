"""Text of a table line by line, decoded strictly and in constant memory."""

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from fluentscribe.formats.limits import CHUNK_BYTES
from fluentscribe.formats.values import Refused

ROW_CHARACTERS_MAX = 1_048_576
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class Lines(Iterator[str]):
    """Lines with their ends; `number` is that of the last one given. UTF-8, or UTF-16 with its mark. Raises Refused."""

    def __init__(self, file: BinaryIO) -> None:
        self.number = 0
        self._row = 0  # characters since the row began
        self._lines = _lines(file)

    def new_row(self) -> None:
        self._row = 0

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        self._row += len(line)
        if self._row > ROW_CHARACTERS_MAX:
            raise Refused("too-long", f"a row of more than {ROW_CHARACTERS_MAX:,} characters", self.number)
        if "\0" in line:
            raise Refused("wrong-encoding", "a NUL character; save the file in UTF-8", self.number)
        return line


def _lines(file: BinaryIO) -> Iterator[str]:
    rest = ""
    for text in _decoded(file):
        *whole, rest = (rest + text).split("\n")
        for line in whole:
            yield f"{line}\n"
        if len(rest) > ROW_CHARACTERS_MAX:
            yield rest  # too long already: whoever counts refuses it
            rest = ""
    if rest:
        yield rest


def _decoded(file: BinaryIO) -> Iterator[str]:
    chunk = file.read(CHUNK_BYTES)
    encoding = next((name for mark, name in _MARKS if chunk.startswith(mark)), "utf-8")
    decoder = codecs.getincrementaldecoder(encoding)()
    given = lines = 0
    while True:
        given += len(chunk)
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            raise _wrong(error, given, lines, encoding) from None
        yield text
        if not chunk:
            return
        lines += text.count("\n")
        chunk = file.read(CHUNK_BYTES)


def _wrong(error: UnicodeDecodeError, given: int, lines: int, encoding: str) -> Refused:
    data = bytes(error.object)
    byte = given - len(data) + error.start
    line = lines + data[: error.start].decode(encoding, "ignore").count("\n") + 1
    name = encoding.removesuffix("-sig").upper()
    reason = f"byte {byte + 1:,} of the file (0x{data[error.start]:02x}) is not {name}; save the file in UTF-8"
    return Refused("wrong-encoding", reason, line)
