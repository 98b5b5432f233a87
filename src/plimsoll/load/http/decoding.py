"""Content codings: gzip, deflate, br and zstd, bounded, since a kilobyte can be made to hold a gigabyte."""

import zlib
from collections.abc import Callable
from functools import partial
from typing import Final

from plimsoll.load.http.failures import HttpFailure

DECODED_BYTES_MAX: Final = 64 * 1024 * 1024
CODINGS_MAX: Final = 3  # one upon another
_PIECE: Final = 64 * 1024


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


def _inflated(body: bytes, window: int) -> bytes:
    """Members one after another, as gzip allows."""
    whole = bytearray()
    while body:
        inflate = zlib.decompressobj(window)
        whole += inflate.decompress(body, DECODED_BYTES_MAX + 1 - len(whole))
        if len(whole) > DECODED_BYTES_MAX:
            raise _too_large()
        if not inflate.eof:
            raise ValueError("it ends too early")
        body = inflate.unused_data.lstrip(b"\0")
    return bytes(whole)


def _deflated(body: bytes) -> bytes:
    """With the zlib header that the standard asks for, or without it, as some servers send it."""
    try:
        return _inflated(body, zlib.MAX_WBITS)
    except zlib.error:
        return _inflated(body, -zlib.MAX_WBITS)


def _unbrotlied(body: bytes) -> bytes:
    import brotli

    decompressor = brotli.Decompressor()
    whole = bytearray(decompressor.process(body, output_buffer_limit=_PIECE))
    while not decompressor.is_finished():
        if decompressor.can_accept_more_data():
            raise ValueError("it ends too early")
        whole += decompressor.process(b"", output_buffer_limit=_PIECE)
        if len(whole) > DECODED_BYTES_MAX:
            raise _too_large()
    return bytes(whole)


def _unzstd(body: bytes) -> bytes:
    import zstandard

    whole = bytearray()
    with zstandard.ZstdDecompressor().stream_reader(body, read_across_frames=True) as reader:
        while piece := reader.read(_PIECE):
            whole += piece
            if len(whole) > DECODED_BYTES_MAX:
                raise _too_large()
    return bytes(whole)


_DECOMPRESSORS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "gzip": partial(_inflated, window=16 + zlib.MAX_WBITS),
    "x-gzip": partial(_inflated, window=16 + zlib.MAX_WBITS),
    "deflate": _deflated,
    "br": _unbrotlied,
    "zstd": _unzstd,
}
