"""What is kept and for how long; the size that holds; clocks that are wrong for a while."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.observation import Event, Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.series.reader import SeriesReader
from plimsoll.monitor.series.retention import Keep, age_clock
from plimsoll.monitor.series.store import CLEAN_PERIOD_S, SeriesStore
from tests.monitor.series.made import BEGUN_S, A, looks, many

DAY_S = 86_400.0


def tended(store: SeriesStore, now_s: float, *, minutes: int = 30) -> None:
    """As if so many minutes passed, long after whatever was before."""
    for minute in range(minutes):
        store.tend(now_s, 1e9 + CLEAN_PERIOD_S * minute)


def test_each_resolution_is_kept_as_long_as_it_should_be(tmp_path: Path) -> None:
    store = SeriesStore(tmp_path / "series.sqlite", Keep(raw_s=DAY_S, minutes_s=10 * DAY_S, quarters_s=100 * DAY_S))
    ages = (200, 50, 5, 0.5)
    for age in ages:
        seen = looks([age] * 100, begun_s=BEGUN_S - age * DAY_S)
        store.write([replace(look, details={"locks": {"rows": []}}) for look in seen[:1]])
        store.write([*seen[1:], Observation("x", seen[0].at_s, events=[Event(seen[0].at_s, "restart", "")])])
        store.pack_all()
    tended(store, BEGUN_S)
    with SeriesReader(store.path) as reader:

        def at(age: float) -> tuple[float, set[float]]:
            found = reader.read([A], BEGUN_S - age * DAY_S, BEGUN_S - age * DAY_S + 300)[0]
            return found.resolution_s, set(found.mean)

        assert [at(age) for age in ages] == [(0.0, set()), (900.0, {50.0}), (60.0, {5.0}), (0.0, {0.5})]
        assert len(reader.details("locks")) == 1
        assert len(reader.events()) == 2
    store.close()


def test_the_size_bound_holds_while_points_go_before_minutes_and_the_file_shrinks(tmp_path: Path) -> None:
    chance, bound = Random(6), 1_000_000
    store = SeriesStore(tmp_path / "series.sqlite", Keep(bytes_max=bound))
    seen = many(30, 3600, lambda series, look: 1e12 * chance.random())
    largest = 0
    for place in range(0, len(seen), 50):
        store.write(seen[place : place + 50])
        store.tend(seen[place].at_s, place * 4.0)
        largest = max(largest, sum(file.stat().st_size for file in tmp_path.iterdir()))
    assert bound / 2 < largest <= bound
    key, end_s = next(iter(seen[0].values)), seen[-1].at_s
    with SeriesReader(store.path) as reader:
        assert reader.read([key], end_s - 100, end_s)[0].resolution_s == 0
        whole = reader.read([key], seen[0].at_s, end_s)[0]
    assert (whole.resolution_s, len(whole.times)) == (60, 120)
    assert store.trimmed > 0
    before = store.path.stat().st_size
    store.keep = Keep(bytes_max=500_000)
    tended(store, end_s)
    store.close()
    assert store.path.stat().st_size < min(before, 500_000)


def test_documents_are_bounded_by_their_own_size_the_oldest_going_first(tmp_path: Path) -> None:
    chance = Random(6)
    store = SeriesStore(tmp_path / "series.sqlite", Keep(details_bytes_max=25_000))
    for place in range(300):
        text = chance.randbytes(150).hex()
        store.write([Observation("database", BEGUN_S + place, details={"sessions": {"rows": [{"query": text}]}})])
    tended(store, BEGUN_S)
    with SeriesReader(store.path) as reader:
        kept = [at_s for at_s, _ in reader.details("sessions")]
    assert 25 < len(kept) < 200
    assert kept[-1] == BEGUN_S + 299
    assert store.trimmed == 300 - len(kept)
    store.close()


@given(st.floats(0, 1e10), st.lists(st.tuples(st.floats(0, 60), st.floats(-1e9, 1e9)), max_size=20))
def test_a_clock_set_forward_by_mistake_ages_nothing(begun_s: float, steps: list[tuple[float, float]]) -> None:
    age_s, passed_in_all = begun_s, 0.0
    for passed_s, off_s in steps:
        passed_in_all += passed_s
        age_s = age_clock(age_s, begun_s + passed_in_all + off_s, passed_s)
        assert age_s <= begun_s + passed_in_all + off_s
        assert age_s <= begun_s + 2 * passed_in_all + 1e-3
    assert age_clock(age_s, begun_s + passed_in_all, 1e9 + passed_in_all) == pytest.approx(begun_s + passed_in_all)


def test_series_beyond_the_bound_are_counted_and_those_without_points_make_room_at_the_next_start(
    tmp_path: Path,
) -> None:
    path, old, new = tmp_path / "series.sqlite", BEGUN_S - 10 * DAY_S, SeriesKey("new")
    store = SeriesStore(path, Keep(DAY_S, DAY_S, DAY_S), series_max=3)
    store.write([*many(3, 1, lambda *_: 1.0, begun_s=old), *looks([1.0], key=new)])
    assert store.refused == 1
    store.pack_all()
    store.write(many(1, 1, lambda *_: 2.0))
    tended(store, BEGUN_S)
    store.close()
    store = SeriesStore(path, Keep(DAY_S, DAY_S, DAY_S), series_max=3)
    store.write(looks([3.0], key=new))
    store.write(looks([3.0], key=SeriesKey("x" * 600)))
    assert store.refused == 1
    store.close()
    with SeriesReader(path) as reader:
        assert [list(window.mean) for window in reader.read(reader.keys())] == [[2.0], [3.0]]
