"""Trees of waits, read from the top: chains, several blockers, circles, prepared transactions. Pure."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.postgres.locks.reading import (
    BLOCKERS_MAX,
    Waits,
    lock_rows,
    lock_values,
    read_waits,
    without_contradictions,
)
from plimsoll.monitor.postgres.locks.tree import Place, places


def read(blocked_by: dict[int, list[int]]) -> list[tuple[int, int, int | None, int]]:
    return [(place.pid, place.depth, place.waits_for, place.blocks) for place in places(blocked_by)]


def test_a_chain_reads_from_its_holder_down() -> None:
    assert read({3: [2], 2: [1]}) == [(1, 0, None, 2), (2, 1, 1, 1), (3, 2, 2, 0)]
    assert read({}) == []


def test_who_waits_for_several_stands_under_the_end_of_the_longest_chain() -> None:
    assert read({4: [1, 3], 3: [2]}) == [(2, 0, None, 2), (3, 1, 2, 1), (4, 2, 3, 0), (1, 0, None, 1)]


def test_those_who_block_most_come_first() -> None:
    assert [pid for pid, *_ in read({5: [1], 6: [2], 7: [2], 8: [6]})] == [2, 6, 8, 7, 1, 5]


def test_a_circle_is_cut_open_and_says_whom_its_first_waits_for() -> None:
    assert places({1: [2], 2: [1], 3: [2]}) == [Place(2, 0, 1, 2, True), Place(1, 1, 2, 0), Place(3, 1, 2, 0)]
    assert places({1: [1]}) == [Place(1, 0, 1, 0, True)]


@given(st.dictionaries(st.integers(1, 12), st.lists(st.integers(1, 12), min_size=1, max_size=4), max_size=12))
def test_whatever_waits_for_whatever_each_stands_once_and_below_its_blocker(blocked_by: dict[int, list[int]]) -> None:
    found = places(blocked_by)
    depths: dict[int, int] = {}
    for place in found:
        if place.depth:
            assert place.waits_for is not None
            assert place.depth == depths[place.waits_for] + 1
            assert place.waits_for in blocked_by[place.pid]
        depths[place.pid] = place.depth
    assert sorted(depths) == sorted({*blocked_by, *(one for many in blocked_by.values() for one in many)})
    assert len(depths) == len(found)


def waiting(pid: int, blockers: list[int], **more: Any) -> dict[str, Any]:
    row = {"pid": pid, "locktype": "relation", "mode": "AccessExclusiveLock", "classid": None, "objid": None}
    row |= {"wait_s": 1.5, "blockers": blockers, "holders": None, "modes": None, "prepared": None}
    return row | {"relation": "public.accounts"} | more


def party(pid: int, **more: Any) -> dict[str, Any]:
    row = {"pid": pid, "leader_pid": None, "kind": "client backend", "user": "app", "application": "shop"}
    return row | {"state": "active", "transaction_s": 3.0, "query": "SELECT 1"} | more


def told(waits: Waits) -> list[tuple[int, int, str]]:
    return [(row.pid, row.depth, row.lock) for row in lock_rows(waits)]


def test_who_only_stands_before_in_the_queue_is_no_link_of_the_chain() -> None:
    """All of three wait for what 1 holds: the third waits for 1, not for the second."""
    held = {"holders": [1], "modes": ["RowExclusiveLock"]}
    rows = [waiting(2, [1], **held), waiting(3, [1, 2], **held), waiting(4, [1, 2, 3], **held)]
    found = lock_rows(read_waits(rows, [], []))
    assert [(row.pid, row.depth, row.waits_for) for row in found] == [(1, 0, None), (2, 1, 1), (3, 1, 1), (4, 1, 1)]
    assert found[0].lock == "holds RowExclusiveLock on public.accounts"
    assert lock_values(found, 3)[SeriesKey("database_lock_chain_depth")] == 2


def test_who_stands_behind_a_wish_that_nobody_holds_yet_waits_for_who_has_it() -> None:
    rows = [
        waiting(2, [1], holders=[1], modes=["AccessShareLock"]),
        waiting(3, [2], holders=[1], modes=["AccessShareLock"]),
    ]
    assert [(pid, depth) for pid, depth, _ in told(read_waits(rows, [], []))] == [(1, 0), (2, 1), (3, 2)]


def test_a_prepared_transaction_is_named_as_a_blocker() -> None:
    prepared = [{"virtualtransaction": "-1/77", "xid": 77, "gid": "order 5", "owner": "app", "transaction_s": 9.0}]
    rows = [waiting(2, [0], locktype="transactionid", mode="ShareLock", prepared=["-1/77"])]
    found = lock_rows(read_waits(rows, [party(2)], prepared))
    assert (found[0].pid, found[0].application, found[0].transaction_s) == (-77, "prepared transaction 'order 5'", 9.0)
    assert found[0].lock == "holds a lock on its own transaction"
    assert found[1].lock == "ShareLock on prepared transaction 'order 5' (a row of public.accounts)"
    gone = lock_rows(read_waits(rows, [party(2)], []))
    assert gone[0].application == "a prepared transaction"


def test_a_parallel_worker_counts_as_its_leader_and_is_named() -> None:
    rows = [waiting(12, [1], holders=[1], modes=["AccessExclusiveLock"], mode="AccessShareLock")]
    rows += [waiting(20, [10], holders=[11], modes=["AccessShareLock"], relation="public.other")]
    parties = [party(10), party(11, leader_pid=10, kind="parallel worker"), party(12, leader_pid=10)]
    assert told(read_waits(rows, parties, [])) == [
        (1, 0, "holds AccessExclusiveLock on public.accounts"),
        (10, 1, "AccessShareLock on public.accounts (parallel worker 12)"),
        (20, 2, "AccessExclusiveLock on public.other"),
    ]


def test_other_things_than_tables_are_named_too() -> None:
    rows = [
        waiting(2, [1], locktype="advisory", mode="ExclusiveLock", classid=0, objid=42, relation=None),
        waiting(3, [1], locktype="extend", mode="ExclusiveLock"),
        waiting(4, [1], locktype="object", classid=1, objid=7, relation=None),
    ]
    assert [lock for _, _, lock in told(read_waits(rows, [], []))[1:]] == [
        "ExclusiveLock on advisory lock 0, 42",
        "ExclusiveLock on extend of public.accounts",
        "AccessExclusiveLock on object 7",
    ]


def test_a_circle_is_told_as_such_and_secrets_are_masked() -> None:
    rows = [waiting(1, [2]), waiting(2, [1])]
    waits = read_waits(rows, [party(1, query="ALTER ROLE app PASSWORD 'hunter22'"), party(2)], [])
    found = {row.pid: row for row in lock_rows(waits)}
    assert found[2].lock.endswith("waits in a circle")
    assert "hunter22" not in found[1].query


def test_very_many_blockers_of_one_session_are_bounded() -> None:
    waits = read_waits([waiting(1, list(range(2, 1000)))], [], [])
    assert len(waits.blocked_by[1]) == BLOCKERS_MAX


def test_nobody_who_waits_is_known_to_be_nobody_and_an_unknown_wait_is_left_out() -> None:
    assert set(lock_values([], 0).values()) == {0.0}
    rows = lock_rows(read_waits([waiting(2, [1], wait_s=None)], [], []))
    assert SeriesKey("database_longest_lock_wait_s") not in lock_values(rows, 1)


def test_a_wait_that_what_the_sessions_do_contradicts_is_left_out() -> None:
    parties = [
        party(1, state="idle", waits_on="Client"),
        party(2, waits_on="Lock"),
        party(3, waits_on=None),
        party(4, waits_on="Lock"),
        party(5, state="", waits_on=None),
    ]
    rows = [waiting(2, [1]), waiting(3, [4]), waiting(4, [1, 5]), waiting(5, [4]), waiting(2, [1], locktype="advisory")]
    kept = without_contradictions(rows, parties)
    assert [(row["pid"], row["blockers"], row["locktype"]) for row in kept] == [
        (4, [5], "relation"),
        (5, [4], "relation"),
        (2, [1], "advisory"),
    ]
