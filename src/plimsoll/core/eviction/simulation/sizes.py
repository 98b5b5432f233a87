"""Sizes of a cache as people write them: "10%" of the keys, "5000" entries, "64MB", "10000,100MB" for both limits."""

from dataclasses import dataclass
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.core.eviction.capacity import UNBOUNDED, Capacity
from plimsoll.core.eviction.simulation.trace import Trace
from plimsoll.core.units import format_bytes, format_count, format_share, parse_bytes

USUAL: Final = ("1%", "5%", "10%", "20%", "50%")
SIZES_MAX: Final = 50
DIGITS_MAX: Final = 15


@dataclass(frozen=True, slots=True)
class Size:
    """`share` (0 to 1) of what the trace's keys are or weigh, or else limits."""

    share: float | None = None
    entries: int | None = None
    bytes: int | None = None

    @property
    def text(self) -> str:
        """As a table says it."""
        if self.share is not None:
            return format_share(self.share)
        words = [f"{format_count(self.entries)} entries"] if self.entries is not None else []
        return ", ".join([*words, *([format_bytes(self.bytes)] if self.bytes is not None else [])])

    def capacity(self, trace: Trace, *, sample: float = 1.0, times: float = 1.0) -> Capacity:
        """For a trace of that share of all keys. Raises UsageError for bytes where the trace has no sizes."""
        if self.share is not None:
            return trace.capacity(self.share * times)
        if self.bytes is not None and not trace.sized:
            raise UsageError(
                "this trace has no sizes", where=f"--size {self.text}", why="so bytes cannot be simulated",
                remedy="a size in entries (5000) or percent (10%), or a trace with sizes",
            )  # fmt: skip
        limits = (self.entries, self.bytes)
        return Capacity(*(UNBOUNDED if one is None else max(1, round(one * sample * times)) for one in limits))


def parse_size(text: str) -> Size:
    """Raises UsageError."""
    words = text.replace(" ", "")
    if words.endswith("%"):
        return _share(words, text)
    entries: int | None = None
    weight: int | None = None
    for word in words.split(","):
        number = word.isascii() and word.isdigit()
        if number and entries is None and len(word) <= DIGITS_MAX and int(word) > 0:
            entries = int(word)
        elif word and not number and weight is None and (weight := parse_bytes(word, what="--size")) > 0:
            continue
        else:
            raise _wrong(text)
    return Size(entries=entries, bytes=weight)


def _share(words: str, text: str) -> Size:
    try:
        share = float(words[:-1]) / 100
    except ValueError:
        raise _wrong(text) from None
    if not 0 < share <= 1:
        raise _wrong(text)
    return Size(share=share)


def _wrong(text: str) -> UsageError:
    return UsageError(
        f'"{text}" is no size of a cache',
        where="--size",
        why="a size is a percentage of the keys (above 0, up to 100), a number of entries, bytes with a unit, or both",
        remedy="write 10%, 5000, 64MB or 10000,100MB",
    )
