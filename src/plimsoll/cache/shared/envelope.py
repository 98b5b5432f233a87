"""A value as it lies in the server, with what is needed to judge it before it is unpacked. Pure.

`PLIM`, a byte for the format, then msgpack: the snapshot, the nonce of the root, nonce and count of each tag, the time
to live, how the value is compressed, its length and check sum, its bytes. What does not read as that is no entry.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from plimsoll.cache.shared.naming import FORMAT
from plimsoll.cache.shared.packing import BrokenError, pack, unpack
from plimsoll.cache.shared.raised import Stamp
from plimsoll.core.errors import UsageError
from plimsoll.core.snapshot import Snapshot

VALUE_BYTES_MAX: Final = 1_000_000  # packed; a larger one stays in tier 1
COMPRESS_ABOVE_BYTES: Final = 2_000
LEVEL: Final = 1  # zlib's fastest: the time is the application's
TAGS_MAX: Final = 1_000  # of one entry, families included
_MAGIC: Final = b"PLIM" + bytes([FORMAT])


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large a packed value may be, and from what size on it is compressed, in bytes."""

    value_bytes: int = VALUE_BYTES_MAX
    compress_above: int = COMPRESS_ABOVE_BYTES


@dataclass(frozen=True, slots=True)
class Envelope:
    """`packed` is the value, `zipped` whether it is compressed, `size` its length before. `ttl_s` was given to it."""

    root: str
    stamps: Mapping[str, Stamp]
    snapshot: Snapshot
    ttl_s: float
    packed: bytes
    zipped: bool
    size: int

    @staticmethod
    def seal(packed: bytes, bounds: Bounds) -> tuple[bytes, bool]:
        """The packed value, compressed where that pays, and whether it is."""
        if len(packed) > bounds.compress_above:
            small = zlib.compress(packed, LEVEL)
            if len(small) < len(packed):
                return small, True
        return packed, False

    def __bytes__(self) -> bytes:
        stamps = [[name, stamp.nonce, stamp.at] for name, stamp in self.stamps.items()]
        check = zlib.crc32(self.packed)
        told = [self.root, stamps, str(self.snapshot), float(self.ttl_s), self.zipped, self.size, check, self.packed]
        return _MAGIC + pack(told)

    @staticmethod
    def read(data: object, bounds: Bounds) -> "Envelope":
        """Raises BrokenError."""
        if not isinstance(data, bytes) or not data.startswith(_MAGIC):
            raise BrokenError("it does not begin as an entry does")
        told = unpack(data[len(_MAGIC) :])
        try:
            root, stamps, snapshot, ttl_s, zipped, size, check, packed = told
            read = Envelope(
                _of(str, root),
                {_of(str, name): Stamp(_of(str, nonce), _of(int, count)) for name, nonce, count in stamps},
                Snapshot.parse(_of(str, snapshot)),
                _of(float, ttl_s),
                _of(bytes, packed),
                _of(bool, zipped),
                _of(int, size),
            )
        except (TypeError, ValueError, UsageError) as error:
            raise BrokenError(str(error)[:200]) from error
        if zlib.crc32(read.packed) != check or not 0 <= read.size <= bounds.value_bytes or len(stamps) > TAGS_MAX:
            raise BrokenError("its check sum is wrong, or it is too large")
        if not read.ttl_s > 0:
            raise BrokenError("its time to live is none")
        return read

    def value(self) -> Any:
        """Unpacked; of what is compressed never more than `size` bytes are made. Raises BrokenError."""
        return unpack(_unzipped(self.packed, self.size) if self.zipped else self.packed)


def _unzipped(data: bytes, size: int) -> bytes:
    one = zlib.decompressobj()
    try:
        whole = one.decompress(data, size + 1)
    except zlib.error as error:
        raise BrokenError(str(error)) from error
    if len(whole) != size or not one.eof or one.unused_data:
        raise BrokenError("it is not as long as it says")
    return whole


def _of(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"a {type(value).__name__} where there is a {kind.__name__}")
    return value
