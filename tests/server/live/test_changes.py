"""What changed is remembered within bounds."""

from plimsoll.core.observation import Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.server.live.changes import Changes

CPU = SeriesKey("host_cpu_busy_percent")


def test_labels_that_are_always_new_push_out_old_ones_and_not_what_still_changes() -> None:
    changes = Changes(first=0, series_max=20)
    for look in range(30):
        told = {SeriesKey.of("application_x", id=f"{look}-{n}"): 1.0 for n in range(5)}
        changes.put(Observation("application", float(look), told))
        changes.put(Observation("host", float(look), {CPU: 1.0}))
    known = set(changes.series())
    assert CPU in known
    assert set(told) <= known
    assert len(known) <= 20
    assert set(changes.source_of) == known
