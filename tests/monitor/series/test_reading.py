"""Windows read back: the resolution that fits, the envelope right, gaps left open, whatever the clock did."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from math import inf, sin
from pathlib import Path

import pytest

from plimsoll.core.observation import Event, Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.core.series.window import SeriesWindow
from plimsoll.monitor.series.reader import SeriesReader
from plimsoll.monitor.series.store import SeriesStore
from tests.monitor.series.made import BEGUN_S, A, B, looks

Reading = Callable[..., SeriesWindow]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SeriesStore]:
    store = SeriesStore(tmp_path / "series.sqlite")
    yield store
    store.close()


@pytest.fixture
def window(store: SeriesStore) -> Iterator[Reading]:
    """Reads one series."""
    reader = SeriesReader(store.path)
    yield lambda start_s=0.0, end_s=inf, key=A, **more: reader.read([key], start_s, end_s, **more)[0]
    reader.close()


def wave(place: int) -> float:
    return float(round(1000 * sin(place / 50)))


@pytest.mark.parametrize("packed", [False, True])
def test_a_short_window_is_what_was_measured(store: SeriesStore, window: Reading, packed: bool) -> None:
    store.write(looks([wave(place) for place in range(900)]))
    if packed:
        store.pack_all()
    found = window(BEGUN_S + 100.0, BEGUN_S + 200.0)
    assert found.resolution_s == 0
    assert list(found.times) == [BEGUN_S + 2.0 * place for place in range(50, 101)]
    assert list(found.mean) == [wave(place) for place in range(50, 101)]
    assert found.info.unit == "percent"


@pytest.mark.parametrize(
    ("count", "packed", "points_max", "resolution_s"),
    [(900, 500, 1000, 0), (3000, 2000, 1000, 10), (4500, 0, 1000, 60), (4500, 2000, 1000, 60), (4500, 4500, 20, 600)],
)
def test_a_long_window_has_the_envelope_of_all_points(
    store: SeriesStore, window: Reading, count: int, packed: int, points_max: int, resolution_s: int
) -> None:
    seen = looks([wave(place) for place in range(count)])
    store.write(seen[:packed])
    store.pack_all()
    store.write(seen[packed:])
    found = window(points_max=points_max)
    assert found.resolution_s == resolution_s
    there: dict[float, list[float]] = defaultdict(list)
    for place, look in enumerate(seen):
        there[look.at_s // (resolution_s or 1) * (resolution_s or 1)].append(wave(place))
    assert list(found.times) == list(there)
    assert len(there) <= points_max
    assert list(found.low) == [min(values) for values in there.values()]
    assert list(found.high) == [max(values) for values in there.values()]
    means = [sum(values) / len(values) for values in there.values()]
    assert list(found.mean) == pytest.approx(means, rel=1e-5, abs=1e-3)


def test_a_gap_stays_a_gap(store: SeriesStore, window: Reading) -> None:
    store.write([*looks([1.0] * 300), *looks([3.0] * 300, begun_s=BEGUN_S + 86_400)])
    store.pack_all()
    assert not list(window(BEGUN_S + 3600, BEGUN_S + 80_000).times)
    found = window(BEGUN_S, BEGUN_S + 90_000, points_max=100)
    assert found.resolution_s == 900
    assert {at for at in found.times if BEGUN_S + 3600 < at < BEGUN_S + 80_000} == set()
    assert set(found.mean) == {1.0, 3.0}


def test_a_clock_that_is_set_back_and_forth_loses_nothing_and_is_read_in_order(
    store: SeriesStore, window: Reading
) -> None:
    year_s = 365 * 86_400.0
    store.write(looks([5.0] * 10))
    store.write(looks([7.0] * 10, begun_s=BEGUN_S + year_s))
    store.pack_all()
    store.write(looks([6.0] * 10, begun_s=BEGUN_S + 1.0 - 10))
    store.pack_all()
    found = window(BEGUN_S - 3600, BEGUN_S + 3600)
    assert list(found.times) == sorted(found.times)
    assert sorted(found.mean) == [5.0] * 10 + [6.0] * 10
    assert list(window(BEGUN_S + year_s, BEGUN_S + year_s + 60).mean) == [7.0] * 10
    assert list(window().high)[-1] == 7.0


def test_what_is_on_its_way_to_the_disk_is_read_once(store: SeriesStore, window: Reading) -> None:
    seen = looks([float(place) for place in range(30)])
    numbered = list(enumerate(seen, 1))
    store.write(seen[:20], upto=20)
    found = window(unwritten=numbered[10:])
    assert list(found.mean) == [float(place) for place in range(30)]
    assert list(window(key=B, unwritten=[(21, Observation("host", BEGUN_S, {B: 1.0}))]).mean) == [1.0]


def test_unknown_and_unreal_values_are_no_points(store: SeriesStore, window: Reading) -> None:
    store.write(looks([1.0, float("nan"), inf, 2.0]))
    assert list(window().mean) == [1.0, 2.0]
    assert list(window(key=B).times) == []


def test_series_documents_events_and_notes_are_found_by_time(store: SeriesStore) -> None:
    store.write(looks([1.0] * 10))
    store.pack_all()
    later = BEGUN_S + 86_400
    event = Event(later, "restart", "the server was started anew", "database")
    store.write([Observation("database", later, {B: 1.0}, {"locks": {"rows": [{"pid": 1}]}}, [event])])
    store.set_note("target", "here")
    reader = SeriesReader(store.path)
    assert reader.keys() == [A, B]
    assert reader.keys(end_s=BEGUN_S + 3600) == [A]
    assert reader.keys(start_s=BEGUN_S + 3600) == [B]
    assert reader.details("locks") == [(later, {"rows": [{"pid": 1}]})]
    assert reader.details("locks", end_s=later - 1) == []
    assert reader.events(later, later) == [event]
    assert (reader.note("target"), reader.note("nothing")) == ("here", None)
    reader.close()


def test_labels_come_back_as_they_were(store: SeriesStore) -> None:
    key = SeriesKey.of("application_x", path='\\ "quoted"\n', method="GET")
    store.write([Observation("application", BEGUN_S, {key: 1.0})])
    reader = SeriesReader(store.path)
    assert reader.keys() == [key]
    reader.close()
