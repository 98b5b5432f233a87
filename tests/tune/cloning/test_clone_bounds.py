"""A copy keeps to what was allowed, and to the room that there is."""

import pytest

from plimsoll.core.errors import RefusedError
from plimsoll.tune.cloning.bounds import (
    BUFFERS_MIN,
    buffers,
    build_memory_mb,
    refuse_too_large,
    refuse_without_room,
    server_settings,
)
from plimsoll.tune.cloning.failing import layout_notes, told

GIB = 2**30


def test_a_database_beyond_what_was_allowed_is_refused_with_the_option_that_allows_it() -> None:
    refuse_too_large(3 * GIB, 3 * GIB, "shop")
    with pytest.raises(RefusedError) as refused:
        refuse_too_large(3 * GIB, 2 * GIB, "shop")
    assert "3.00 GiB" in refused.value.why
    assert "--clone-max 4GiB" in refused.value.remedy


def test_room_is_wanted_for_new_indexes_too() -> None:
    refuse_without_room(2 * GIB, 5 * GIB, "/tmp")  # noqa: S108 -- a name only
    with pytest.raises(RefusedError) as refused:
        refuse_without_room(2 * GIB, 5 * GIB - 1, "/data")
    assert refused.value.where == "/data"
    assert "TMPDIR" in refused.value.remedy


@pytest.mark.parametrize(
    ("source", "available", "given"),
    [(GIB, 16 * GIB, GIB), (64 * GIB, 16 * GIB, 4 * GIB), (16 * 2**20, GIB, BUFFERS_MIN)],
)
def test_the_copys_buffers_are_the_sources_within_the_memory_that_is_free(
    source: int, available: int, given: int
) -> None:
    assert buffers(source, available) == given


def test_tables_that_are_packed_tighter_on_the_copy_are_told() -> None:
    assert layout_notes(GIB, GIB) == []
    assert layout_notes(10, 1) == []
    (note,) = layout_notes(2 * GIB, GIB)
    assert note.startswith("tables take 1.00 GiB on the copy and 2.00 GiB at the source: ")


def test_what_a_program_complains_of_is_told_from_its_error_on() -> None:
    said = 'NOTICE: a\npsql:<stdin>:9: ERROR:  relation "cfg" does not exist\nLINE 1: x\n   ^\nQUERY: q\nCONTEXT: c\n'
    assert told(said) == 'psql:<stdin>:9: ERROR:  relation "cfg" does not exist | LINE 1: x | ^ | QUERY: q'
    assert told("1\n2\n3\n4\n5\n") == "2 | 3 | 4 | 5"
    assert told("") == "it said nothing"


def test_building_an_index_takes_little_of_the_memory_that_is_free() -> None:
    assert [build_memory_mb(gib * GIB) for gib in (0, 4, 64)] == [64, 256, 512]


def test_a_server_for_a_copy_does_nothing_by_itself_and_logs_what_the_source_would() -> None:
    settings = server_settings(GIB, {"max_parallel_workers": "24"}, "logical")
    assert settings["autovacuum"] == "off"
    assert settings["shared_buffers"] == "1024MB"
    assert settings["max_worker_processes"] == "24"
    assert settings["wal_level"] == "logical"
    assert "full_page_writes" not in settings
