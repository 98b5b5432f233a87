"""Made-up looks for the tests of stored series."""

from collections.abc import Callable, Iterable

from plimsoll.core.observation import Observation
from plimsoll.core.series.key import SeriesKey

BEGUN_S = 1_790_000_040.0  # a whole minute
A, B = SeriesKey("host_a_percent"), SeriesKey.of("host_b_bytes", device='a "b"')


def looks(
    values: Iterable[float], *, period_s: float = 2.0, key: SeriesKey = A, begun_s: float = BEGUN_S
) -> list[Observation]:
    return [Observation("host", begun_s + place * period_s, {key: value}) for place, value in enumerate(values)]


def many(series: int, count: int, value: Callable[[int, int], float], *, begun_s: float = BEGUN_S) -> list[Observation]:
    """Looks of a host every two seconds; `value` is given the series and the look."""
    keys = [SeriesKey.of("host_device_percent", device=str(number)) for number in range(series)]
    return [
        Observation("host", begun_s + 2.0 * look, {key: value(number, look) for number, key in enumerate(keys)})
        for look in range(count)
    ]
