"""Which part of a run to look at: all of it, or the part that was clearly worse than the rest. Pure.

Of all stretches of neighbouring seconds that one is found in which log latency differs most from the seconds outside
of it, in units of its noise. It is taken only where it is several times slower, or fails far more, than the rest.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from plimsoll.analyze.checks import REQUESTS_MIN, stands_still
from plimsoll.analyze.evidence.load import Second
from plimsoll.core.analysis import Stretch
from plimsoll.core.units import format_duration, format_share

SLOWER_MIN: Final = 2.0  # times, of the median second
FAILING_MIN: Final = 0.10  # of the requests, more than outside
SECONDS_MIN: Final = 5
SHARE_MAX: Final = 0.7  # of the run: what is worse for longer is the run
ENDING_SHARE: Final = 0.1  # of the median second's requests, less than which are the end of the run
STANDARD_ERRORS_MIN: Final = 6.0
POINTS_MAX: Final = 400

Line = NDArray[np.float64]


def worst_stretch(seconds: Sequence[Second], whole: Stretch) -> Stretch:
    """The part of the run that was worse than the rest, or the whole. `seconds` are without warm-up."""
    seconds = _under_load(seconds)
    if len(seconds) < 3 * SECONDS_MIN:
        return whole
    width = -(-len(seconds) // POINTS_MAX)
    groups = [seconds[at : at + width] for at in range(0, len(seconds), width)]
    least = max(2, -(-SECONDS_MIN // width))
    found = _failing(groups, least) or _slow(groups, least)
    return found if found is not None and _tells(seconds, found) else whole


def _tells(seconds: Sequence[Second], found: Stretch) -> bool:
    """Whether enough requests ended in it for a verdict, were dropped, or hardly any ends because they stand still."""
    inside = [one for one in seconds if found.start_s <= one.start_s < found.end_s]
    return sum(one.requests + one.dropped for one in inside) >= REQUESTS_MIN or stands_still(inside)


def _under_load(seconds: Sequence[Second]) -> Sequence[Second]:
    """Without the end of the run, in which the last requests are only waited for."""
    served = [second.requests + second.dropped + second.in_flight for second in seconds]
    least = ENDING_SHARE * sorted(served)[len(served) // 2] if served else 0.0
    last = next((at for at in range(len(served), 0, -1) if served[at - 1] >= least), 0)
    return seconds[:last]


def _slow(groups: Sequence[Sequence[Second]], least: int) -> Stretch | None:
    latency = np.array([_latency_s(group) for group in groups])
    begin, end, errors = _most_different(np.log(np.maximum(latency, 1e-6)), least)
    inside, outside = _medians(latency, begin, end)
    if errors < STANDARD_ERRORS_MIN or inside < SLOWER_MIN * outside:
        return None
    return _stretch(groups, begin, end, f"requests took {inside / outside:.1f} times as long as in the rest of the run")


def _failing(groups: Sequence[Sequence[Second]], least: int) -> Stretch | None:
    failing = np.array([_failing_share(group) for group in groups])
    begin, end, errors = _most_different(failing, least)
    inside, outside = float(failing[begin:end].mean()), _outside(failing, begin, end)
    if errors < STANDARD_ERRORS_MIN or inside - outside < FAILING_MIN:
        return None
    said = f"{format_share(inside)} of the requests failed, {format_share(outside)} in the rest of the run"
    return _stretch(groups, begin, end, said)


def _most_different(line: Line, least: int) -> tuple[int, int, float]:
    """The stretch (begin, end) whose mean lies most standard errors above that of the rest, and how many."""
    count = len(line)
    sums = np.concatenate([[0.0], np.cumsum(line)])
    noise = max(float(np.median(np.abs(np.diff(line)))) / 0.954, 1e-3)  # of neighbours: steps in level do not count
    begin, end = np.triu_indices(count + 1, least)
    size = end - begin
    fits = size <= SHARE_MAX * count
    begin, end, size = begin[fits], end[fits], size[fits]
    inside = (sums[end] - sums[begin]) / size
    outside = (sums[-1] - sums[end] + sums[begin]) / (count - size)
    score = (inside - outside) / (noise * np.sqrt(1 / size + 1 / (count - size)))
    best = int(np.argmax(score))
    return int(begin[best]), int(end[best]), float(score[best])


def _medians(line: Line, begin: int, end: int) -> tuple[float, float]:
    return float(np.median(line[begin:end])), float(np.median(np.concatenate([line[:begin], line[end:]])))


def _outside(line: Line, begin: int, end: int) -> float:
    return float(np.concatenate([line[:begin], line[end:]]).mean())


def _latency_s(group: Sequence[Second]) -> float:
    requests = sum(second.requests for second in group)
    waiting = sum(second.in_flight * second.width_s for second in group)  # nobody was answered: they wait still
    return sum(second.latency_s for second in group) / requests if requests else waiting


def _failing_share(group: Sequence[Second]) -> float:
    lost = sum(second.errors + second.dropped for second in group)
    return lost / max(1, sum(second.requests + second.dropped for second in group))


def _stretch(groups: Sequence[Sequence[Second]], begin: int, end: int, because: str) -> Stretch:
    start_s, last = groups[begin][0].start_s, groups[end - 1][-1]
    end_s = last.start_s + last.width_s
    said = f"from {format_duration(round(start_s, 1))} to {format_duration(round(end_s, 1))} {because}"
    return Stretch(start_s, end_s, said)
