"""What a reader of a file's figures must know of the file. Pure."""

from collections.abc import Iterator, Sequence
from typing import Final

from plimsoll.analyze.metrics.measured import Measured
from plimsoll.analyze.reading.jtl import Told
from plimsoll.analyze.reading.left_out import named_lines
from plimsoll.core.check import counted
from plimsoll.core.units import format_duration

SERVICE_TIMES: Final = (
    "a JTL holds how long samples took, not when they should have begun: where a generator fell behind, users waited "
    "longer than these latencies say"
)
NO_STAMPS: Final = "the rows have no time stamps: rates, concurrency and what happened when are not known"
STRANGE_STAMPS: Final = (
    "the time stamps are in no format that is known, as {!r}: rates, concurrency and what happened when are not known; "
    "milliseconds since 1970 are, and dates as 2026-07-01T12:00:00.000Z"
)
PAUSE_S_MIN: Final = 60.0
PAUSE_SHARE_MIN: Final = 0.1


def file_warnings(found: Measured) -> Sequence[str]:
    return [*_of_the_file(found.told), *_of_the_samples(found)]


def _of_the_file(told: Told) -> Iterator[str]:
    if told.cut_short_because:
        yield told.cut_short_because
    if told.breaks:
        yield f"the XML is not well-formed ({named_lines(told.breaks)}): what could be read behind that was read"
    if told.headers > 1:
        yield f"{counted(told.headers - 1, 'header')} amid the rows: results of several runs were appended"
    if told.stamped == "end":
        yield "time stamps mark the end of samples here, as their order on each thread shows"


def _of_the_samples(found: Measured) -> Iterator[str]:
    told = found.told
    if found.start_ms is None and found.requests:
        yield STRANGE_STAMPS.format(told.strange_stamp) if told.strange_stamp else NO_STAMPS
    if told.several:
        yield f"{counted(told.several, 'row')} of several samples each: counted as one, with their mean time"
    if told.sub_results:
        parts = counted(told.sub_results, "sub-result")
        yield f"{parts} (redirects, embedded resources): counted with their sample, not beside it"
    if found.journeys:
        count, failed = (sum(step.count for step in found.journeys), sum(step.failed.count for step in found.journeys))
        yield f"{counted(count, 'transaction')} reported apart: the samples within are counted as requests"
        if failed == count:
            yield "every transaction failed" if count > 1 else "the only transaction failed"
    if told.transactions_are_requests:
        yield "transactions are counted as requests: the samples that they consist of are not in the file"
    if pause_s := longest_pause_s(found):
        yield f"nothing happened for {format_duration(round(pause_s))} in the midst: rates are over all of the time"


def longest_pause_s(found: Measured) -> float:
    """Without a request under way; 0 where it is no great part of the time."""
    longest = pause = 0.0
    for point in found.points:
        pause = pause + point.width_s if not point.requests and point.concurrency < 1e-9 else 0.0
        longest = max(longest, pause)
    return longest if longest >= max(PAUSE_S_MIN, PAUSE_SHARE_MIN * found.duration_s) else 0.0
