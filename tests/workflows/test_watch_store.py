"""A watch remembers: short windows come from memory, all others from the file, also after it was started anew."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from plimsoll.core.errors import SeriesStoreError
from plimsoll.core.observation import Event, Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.collecting.board import Board
from plimsoll.monitor.series.recent import Recent
from plimsoll.settings.monitor import MonitorSettings
from plimsoll.workflows.watch_store import history_of, keep_of

CPU = SeriesKey("host_cpu_busy_percent")
BEGUN_S = 1_790_000_000.0
IN_MEMORY = 500
KEEP = MonitorSettings(raw_for_s=1e10, minutes_for_s=1e10, quarters_for_s=1e10)  # whatever today is


def looks(count: int) -> list[Observation]:
    return [Observation("host", BEGUN_S + 2.0 * place, {CPU: float(place)}) for place in range(count)]


async def watched(settings: MonitorSettings, seen: list[Observation], asked: list[tuple[float, float]]) -> list[object]:
    """For each stretch of time: the resolution, and the first and the last mean."""
    board, recent = Board(), Recent(points_max=IN_MEMORY)
    board.observe(recent.put)
    async with history_of(settings, board, recent) as history:
        for look in seen:
            board.put(look)
        windows = [(await history.windows([CPU], *stretch))[0] for stretch in asked]
        assert await history.keys() == ([CPU] if seen or settings.store else [])
        assert list(history.problems) == []
        return [(one.resolution_s, *one.mean[:1], *one.mean[-1:]) for one in windows]


def test_windows_begin_in_memory_reach_to_the_disk_and_outlive_the_watch(tmp_path: Path) -> None:
    settings = replace(KEEP, store=tmp_path / "kept" / "monitor.sqlite")
    count = IN_MEMORY + 400
    end_s = BEGUN_S + 2.0 * count
    old, new, whole = (BEGUN_S, BEGUN_S + 10), (end_s - 10, end_s), (BEGUN_S, end_s)
    expected = [(0.0, 0.0, 5.0), (0.0, count - 5.0, count - 1.0), (0.0, 0.0, count - 1.0)]
    assert asyncio.run(watched(settings, looks(count), [old, new, whole])) == expected
    assert asyncio.run(watched(settings, [], [old, new, whole])) == expected


def test_without_a_file_there_is_what_memory_holds(tmp_path: Path) -> None:
    settings = replace(KEEP, store=None)
    end_s = BEGUN_S + 2.0 * (IN_MEMORY + 400)
    assert asyncio.run(watched(settings, looks(IN_MEMORY + 400), [(BEGUN_S, end_s)])) == [(0.0, 400.0, 899.0)]
    assert not list(tmp_path.iterdir())


def test_documents_and_events_are_found_again_and_a_second_watch_is_refused(tmp_path: Path) -> None:
    settings = replace(KEEP, store=tmp_path / "monitor.sqlite")
    restart = Event(BEGUN_S, "restart", "the server was started anew", "database")

    async def course() -> None:
        board = Board()
        async with history_of(settings, board, Recent()):
            board.put(Observation("database", BEGUN_S, {}, {"locks": {"rows": []}}, [restart]))
            with pytest.raises(SeriesStoreError, match="another process is writing into it"):
                async with history_of(settings, board, Recent()):
                    pass
        recent = Recent()
        async with history_of(settings, board, recent) as history:
            assert list(recent.events) == [restart]  # the pages show it after a restart of the watch
            assert await history.details("locks") == [(BEGUN_S, {"rows": []})]
            assert await history.fold_details(lambda found: [at_s for at_s, _ in found], "locks", 0.0, 1e10) == [
                BEGUN_S
            ]
            assert await history.events() == [restart]
        async with history_of(replace(settings, store=None), board, Recent()) as history:
            assert await history.fold_details(list, "locks", 0.0, 1e10) == await history.details("locks") == []
            assert await history.events() == []

    asyncio.run(course())


def test_what_is_kept_is_what_the_settings_say() -> None:
    keep = keep_of(MonitorSettings(raw_for_s=1.0, minutes_for_s=2.0, quarters_for_s=3.0, store_bytes_max=4_000_000))
    assert (keep.raw_s, keep.minutes_s, keep.quarters_s, keep.bytes_max) == (1.0, 2.0, 3.0, 4_000_000)
