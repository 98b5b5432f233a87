"""Bytes in pieces of any size -> blocks of whole lines with their line numbers. Line breaks come out as LF. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from plimsoll.analyze.reading.left_out import LeftOut

BLOCK_BYTES: Final = 16 << 20  # about 170,000 rows: enough to be parsed on all cores, little enough for memory
LINE_BYTES_MAX: Final = 1 << 20  # of a line, and of a row that runs over several; what is longer is no sample

TOO_LONG: Final = "longer than 1 MiB"


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines (the last of a file may lack its break); `line` is the first one's number, from 1."""

    data: bytes
    line: int
    last: bool = False


def blocks(pieces: Iterable[bytes], left_out: LeftOut, block_bytes: int = BLOCK_BYTES) -> Iterator[Block]:
    """The last block has `last`, and may be empty. Lines beyond `LINE_BYTES_MAX` are left out and counted."""
    held: list[bytes] = []
    size, line, skipping = 0, 1, False
    for piece in _with_lf(pieces):
        if skipping:
            _, end, piece = piece.partition(b"\n")
            skipping, line = not end, line + len(end)
        held.append(piece)
        size += len(piece)
        if size < block_bytes:
            continue
        data = b"".join(held)
        cut = data.rfind(b"\n") + 1
        rest = data[cut:]
        if cut:
            yield (block := Block(data[:cut], line))
            line += block.data.count(b"\n")
        if len(rest) > LINE_BYTES_MAX:
            left_out.add(TOO_LONG, line)
            rest, skipping = b"", True
        held, size = [rest], len(rest)
    yield Block(b"".join(held), line, last=True)


def _with_lf(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """CRLF becomes LF, and so does CR where the first piece knows no LF at all."""
    only_cr: bool | None = None
    cr = False  # at the end of the piece before, whose LF may come with the next
    for piece in pieces:
        if only_cr is None:
            only_cr = b"\r" in piece and b"\n" not in piece
        if only_cr:
            yield piece.replace(b"\r", b"\n")
            continue
        piece = b"\r" + piece if cr else piece
        cr = piece.endswith(b"\r")
        piece = piece[:-1] if cr else piece
        yield piece.replace(b"\r\n", b"\n") if b"\r" in piece else piece
    if cr:
        yield b"\n"
