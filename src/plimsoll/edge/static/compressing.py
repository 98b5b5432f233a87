"""Content codings at their best, piece by piece, the same bytes for the same source."""

import zlib
from typing import Final, Protocol

import brotli
import zstandard

# zstd's highest level that keeps to the window that browsers take (RFC 9659: 8 MiB). Brotli's best takes a second for
# each MB, so large files get the one below.
ZSTD_LEVEL: Final = 19
ZSTD_WINDOW_LOG: Final = 23
BROTLI_BEST_BYTES_MAX: Final = 16 * 2**20
GZIP_WBITS: Final = 31  # a gzip header, without name and time


class Compressor(Protocol):
    def add(self, piece: bytes) -> bytes: ...
    def end(self) -> bytes: ...


class _Gzip:
    def __init__(self) -> None:
        self._inner = zlib.compressobj(9, zlib.DEFLATED, GZIP_WBITS, 9)

    def add(self, piece: bytes) -> bytes:
        return self._inner.compress(piece)

    def end(self) -> bytes:
        return self._inner.flush()


class _Zstd:
    def __init__(self, size: int) -> None:
        asked = zstandard.ZstdCompressionParameters.from_level(
            ZSTD_LEVEL, source_size=size, window_log=min(ZSTD_WINDOW_LOG, max(10, size.bit_length()))
        )
        self._inner = zstandard.ZstdCompressor(compression_params=asked).compressobj(size)

    def add(self, piece: bytes) -> bytes:
        return self._inner.compress(piece)

    def end(self) -> bytes:
        return self._inner.flush()


class _Brotli:
    def __init__(self, size: int) -> None:
        self._inner = brotli.Compressor(quality=11 if size <= BROTLI_BEST_BYTES_MAX else 9, lgwin=22)

    def add(self, piece: bytes) -> bytes:
        packed: bytes = self._inner.process(piece)
        return packed

    def end(self) -> bytes:
        packed: bytes = self._inner.finish()
        return packed


def compressor(coding: str, size: int) -> Compressor:
    """For a source of so many bytes. `coding` is "br", "zstd" or "gzip"."""
    if coding == "gzip":
        return _Gzip()
    return _Zstd(size) if coding == "zstd" else _Brotli(size)
