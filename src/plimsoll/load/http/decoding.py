"""Content codings: gzip, deflate, br and zstd, bounded, since a kilobyte can be made to hold a gigabyte."""

import zlib
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

from plimsoll.load.http.failures import HttpFailure

DECODED_BYTES_MAX: Final = 64 * 1024 * 1024
CODINGS_MAX: Final = 3  # one upon another
MEMBERS_MAX: Final = 1_000  # one after another
ZSTD_WINDOW_BYTES_MAX: Final = 8 * 1024 * 1024  # what the standard of the coding allows (RFC 9659)
_BROTLI_PIECE: Final = 64 * 1024  # that comes out at once, about
_ZLIB_PIECE: Final = 4 * 1024  # that goes in at once: at most 4 MB come out
_ZSTD_PIECE: Final = 256  # likewise, at most 8 MB


def decoded(body: bytes, content_encoding: str) -> bytes:
    """The body without its codings. Raises HttpFailure for one that is unknown, broken or too large."""
    codings = [name for part in content_encoding.split(",") if (name := part.strip().lower()) not in ("", "identity")]
    if len(codings) > CODINGS_MAX:
        raise HttpFailure("protocol: too many content codings", content_encoding[:100])
    for coding in reversed(codings):
        body = _undone(coding, body)
    return body


def _undone(coding: str, body: bytes) -> bytes:
    decompress = _DECOMPRESSORS.get(coding)
    if decompress is None:
        raise HttpFailure("protocol: unknown content coding", coding[:40])
    if not body:
        return body  # a 304 or a HEAD names the coding of what it does not send
    try:
        return decompress(body)
    except HttpFailure:
        raise
    except Exception as error:  # each library has classes of its own
        raise HttpFailure(f"protocol: broken {coding} body", str(error)) from error


def _too_large() -> HttpFailure:
    return HttpFailure("protocol: decompressed body too large", f"more than {DECODED_BYTES_MAX:,} bytes")


class _Member(Protocol):
    """What undoes one member of a body (of gzip; a frame of zstd)."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, piece: bytes, /) -> bytes: ...


def _undo_members(body: bytes, begin: Callable[[], _Member], piece_bytes: int) -> bytes:
    """Members one after another, as gzip and zstd allow. Fed by the piece: that bounds how much comes out at once."""
    whole, at = bytearray(), 0
    for _ in range(MEMBERS_MAX):
        member = begin()
        while not member.eof:
            piece = body[at : at + piece_bytes]
            if not piece:
                raise ValueError("it ends too early")
            at += len(piece)
            whole += member.decompress(piece)
            if len(whole) > DECODED_BYTES_MAX:
                raise _too_large()
        at -= len(member.unused_data)
        if at == len(body):
            return bytes(whole)
    raise ValueError("it has too many members")


def _inflated(body: bytes, window: int) -> bytes:
    return _undo_members(body, partial(zlib.decompressobj, window), _ZLIB_PIECE)


def _deflated(body: bytes) -> bytes:
    """With the zlib header that the standard asks for, or without it, as some servers send it."""
    try:
        return _inflated(body, zlib.MAX_WBITS)
    except zlib.error:
        return _inflated(body, -zlib.MAX_WBITS)


def _unbrotlied(body: bytes) -> bytes:
    import brotli

    decompressor = brotli.Decompressor()
    whole = bytearray(decompressor.process(body, output_buffer_limit=_BROTLI_PIECE))
    while not decompressor.is_finished():
        piece = decompressor.process(b"", output_buffer_limit=_BROTLI_PIECE)
        if not piece:
            raise ValueError("it ends too early")
        whole += piece
        if len(whole) > DECODED_BYTES_MAX:
            raise _too_large()
    return bytes(whole)


def _unzstd(body: bytes) -> bytes:
    import zstandard

    decompressor = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_BYTES_MAX)
    return _undo_members(body, decompressor.decompressobj, _ZSTD_PIECE)


_DECOMPRESSORS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "gzip": partial(_inflated, window=16 + zlib.MAX_WBITS),
    "x-gzip": partial(_inflated, window=16 + zlib.MAX_WBITS),
    "deflate": _deflated,
    "br": _unbrotlied,
    "zstd": _unzstd,
}
