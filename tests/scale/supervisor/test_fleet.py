"""What is decided about workers, played through in virtual time."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.core.scaling import Happening
from plimsoll.scale.supervisor.circuit import Broken, backoff_s
from plimsoll.scale.supervisor.states import (
    Adopted,
    Answered,
    Died,
    Limits,
    Measured,
    Reload,
    Silent,
    State,
    Stop,
    Want,
)
from tests.scale.supervisor.world import World

MB = 10**6


def world(workers: int = 2, limits: Limits | None = None) -> World:
    """With so many that are ready, and have been for long."""
    made = World(limits)
    made.tell(Want(workers))
    made.run(100)
    assert set(made.states().values()) == {State.READY}
    return made


def broken(it: World) -> Broken | None:
    return it.fleet.broken


def test_so_many_serve_as_are_wanted() -> None:
    it = world(3)
    assert it.joined == {"w1", "w2", "w3"}

    it.tell(Want(1))
    it.run(10)
    assert it.states() == {"w1": State.READY}
    it.tell(Want(2))
    it.run(10)
    assert it.joined == {"w1", "w2"}


def test_no_traffic_comes_before_the_first_answer() -> None:
    it = World(boot_s=30)
    it.tell(Want(1))
    it.run(29)
    assert (it.states(), it.joined) == ({"w1": State.STARTING}, set())
    it.run(2)
    assert it.joined == {"w1"}


def test_one_that_served_is_started_again_at_once_and_keeps_what_waits_at_its_socket() -> None:
    it = world(1)
    it.kill("w1")
    assert it.starts[-1] == it.now
    assert it.joined == {"w1"}


def test_what_is_noted_of_one_that_is_lost_is_told_from_what_is_noted_of_one_that_is_no_longer_wanted() -> None:
    it = world(2)
    it.notes.clear()
    for _ in range(9):
        it.kill("w1")
        it.run(0.1)
        if "w1" not in it.running:
            break
    lost = [text for text in it.notes if "killed" in text]
    assert len(lost) > 1, "at once, and after a while"
    assert all(Happening(0.0, "w1", text).is_loss for text in lost)
    it.notes.clear()
    it.tell(Want(1))
    it.run(20)
    assert it.notes
    assert not any(Happening(0.0, "w2", text).is_loss for text in it.notes)


def test_one_that_dies_again_and_again_is_left_out_while_others_serve() -> None:
    it = world(2)
    for _ in range(2):
        it.kill("w1")
        it.run(1.5)
    it.kill("w1")
    assert it.states()["w1"] is State.BACKING_OFF
    assert it.joined == {"w2"}
    it.run(20)
    assert it.joined == {"w1", "w2"}


def test_what_waits_at_one_that_cannot_start_for_now_is_passed_to_those_that_serve() -> None:
    it = world(3)
    it.boots = False
    it.kill("w1")
    assert it.passed == {}, "the next one is about to answer"
    it.run(1.1)
    until, to = it.passed["w1"]
    assert (it.states()["w1"], to) == (State.BACKING_OFF, ("w2", "w3"))
    assert it.now < until <= it.worker("w1").again_at

    it.boots = True
    it.tell(Reload())
    assert it.worker("w1").again_at >= until, "else they would answer for the next one"
    it.run(10)
    assert "w1" in it.joined


def test_nothing_is_passed_on_where_nobody_serves() -> None:
    it = world(1)
    it.boots = False
    it.kill("w1")
    it.run(100)
    assert it.passed == {}


def test_waits_double_and_are_not_the_same_for_all() -> None:
    limits, chance = Limits(backoff_s=1, backoff_s_max=8), Random(1)
    waits = [[backoff_s(deaths, limits, chance) for _ in range(50)] for deaths in range(6)]
    assert set(waits[0]) == {0.0}
    for wait_s, drawn in zip([1, 2, 4, 8, 8], waits[1:], strict=True):
        assert 0.5 * wait_s <= min(drawn) < max(drawn) <= 1.5 * wait_s


def test_an_application_that_cannot_start_is_tried_less_and_less_and_serves_once_it_can() -> None:
    it = World(Limits(deaths_max=3, trial_s=10))
    it.boots = False
    it.tell(Want(8))
    it.run(9)
    assert (why := broken(it)) is not None
    assert (why.reason, why.last) == ("ended: exit code 1", ("no db",))
    assert it.said == ["no db"], "once, with the note that tells of it"
    before = len(it.starts)
    it.run(100)
    assert 1 <= len(it.starts) - before <= 5, "one at a time, at doubled distances"

    it.boots = True
    it.run(700)
    assert broken(it) is None
    assert len(it.joined) == 8


def test_whoever_kills_all_at_once_breaks_nothing() -> None:
    it = World(Limits(deaths_max=3))
    it.tell(Want(8))
    it.run(1.5)
    for name in list(it.running):
        it.kill(name)
    assert broken(it) is None
    assert len(it.running) == 8, "all are started again"


def test_a_reload_replaces_one_after_another_and_never_serves_with_fewer() -> None:
    it = world(3)
    it.tell(Reload())
    for _ in range(200):
        it.run(0.1)
        assert len(it.joined) >= 3
    assert {worker.generation for worker in it.fleet.workers.values()} == {2}
    assert it.most == 4
    assert len(it.fleet.workers) == 3


def test_a_reload_to_code_that_dies_is_given_up_and_the_old_workers_stay() -> None:
    it = world(2)
    it.boots = False
    it.tell(Reload())
    it.run(60)
    assert (why := broken(it)) is not None
    assert why.generation == 2
    assert it.fleet.given_up
    assert it.joined == {"w1", "w2"}
    assert {worker.generation for worker in it.fleet.workers.values()} == {1}
    tried = len(it.starts)
    it.run(1000)
    assert len(it.starts) == tried, "nobody asked for it again"

    it.boots = True
    it.tell(Reload())
    it.run(60)
    assert {worker.generation for worker in it.fleet.workers.values()} == {3}
    assert not it.fleet.given_up


def test_one_that_hangs_is_told_to_end_then_killed_and_started_again() -> None:
    it = world(2, Limits(hung_stop_s=2))
    pid = it.running["w1"]
    it.hang("w1")
    assert it.states()["w1"] is State.STOPPING
    it.run(1.9)
    assert it.running["w1"] == pid
    it.run(2)
    assert it.running["w1"] != pid
    assert "hung: no answer in 5 s, 3 times in a row" in it.notes


def test_one_that_may_be_busy_for_longer_is_given_the_time_unless_it_was_stopped() -> None:
    it = world(2, Limits(hung_s=60))
    for name, pid in it.running.items():
        it.tell(Answered(name, pid))
    it.hang("w2", seconds=28)
    it.hang("w1", seconds=21, stopped=True)
    assert it.states() == {"w1": State.STOPPING, "w2": State.READY}
    it.hang("w2", seconds=14)
    assert it.states()["w2"] is State.STOPPING


def test_time_in_which_nobody_asked_is_no_hang() -> None:
    it = world(1)
    it.run(3600)
    it.tell(Silent("w1", it.running["w1"], "no answer in 5 s"))
    assert it.states() == {"w1": State.READY}


def test_an_answer_now_and_then_is_no_hang() -> None:
    it = world(1)
    pid = it.running["w1"]
    for _ in range(10):
        it.tell(Silent("w1", pid, "late"))
        it.tell(Silent("w1", pid, "late"))
        it.tell(Answered("w1", pid))
    assert it.states() == {"w1": State.READY}


def test_one_that_is_never_ready_is_started_again_and_in_the_end_told_as_broken() -> None:
    it = World(Limits(start_s=5, deaths_max=2), boot_s=1000)
    it.tell(Want(1))
    it.run(30)
    assert (why := broken(it)) is not None
    assert why.reason.startswith("not ready after 5 s; ended: ")


@pytest.mark.parametrize(
    ("limits", "size", "why"),
    [
        (Limits(memory_bytes_max=100 * MB), 120 * MB, "uses 120 MB of at most 100 MB"),
        (Limits(age_s_max=300), 0, "older than 300 s"),
    ],
)
def test_one_that_is_too_large_or_old_goes_when_another_is_ready(limits: Limits, size: int, why: str) -> None:
    it = world(1, limits)
    it.run(150)
    it.tell(Measured("w1", it.running["w1"], size))
    it.run(100)
    assert it.joined == {"w2"}
    assert f"relieved by w2: {why}" in it.notes


def test_who_had_been_told_to_end_did_not_die() -> None:
    it = World()
    it.tell(Adopted("w1", None, 1))
    it.tell(Adopted("w2", None, 1, told_to_end=True))
    assert it.notes == ["died while unsupervised", "had been told to end, and did while unsupervised"]


def test_what_is_answered_in_place_of_readiness_is_told_once_and_is_the_reason_at_the_end() -> None:
    it = World(Limits(start_s=60), boot_s=300)
    it.tell(Want(1))
    it.run(1)
    for status in (503, 500):
        it.tell(Silent("w1", it.running["w1"], f"GET / is answered {status}"))
    assert [note for note in it.notes if "--health" in note] == [
        "GET / is answered 503, and it is ready once that is below 500 (--health: another path)"
    ]
    it.run(60)
    assert "not ready after 60 s: GET / is answered 500" in it.notes


def test_one_of_twice_the_memory_is_not_waited_for() -> None:
    it = world(1, Limits(memory_bytes_max=100 * MB))
    it.tell(Measured("w1", it.running["w1"], 200 * MB))
    assert it.states() == {"w1": State.STOPPING}
    it.run(5)
    assert it.states() == {"w1": State.READY}


def test_one_of_twice_the_memory_gets_nothing_new_while_it_ends_if_others_serve() -> None:
    it = world(2, Limits(memory_bytes_max=100 * MB))
    pid = it.running["w1"]
    it.tell(Measured("w1", pid, 200 * MB))
    assert (it.states()["w1"], it.states()["w3"], it.joined) == (State.DRAINING, State.ASKED, {"w2"})
    it.run(5)
    assert it.states() == {"w2": State.READY, "w3": State.READY}


def test_one_of_twice_the_memory_that_does_not_let_go_is_killed_soon() -> None:
    it = world(2, Limits(memory_bytes_max=100 * MB, hung_stop_s=0.2))  # the world drains in half a second
    it.tell(Measured("w1", it.running["w1"], 200 * MB))
    it.hung.add(it.running["w1"])
    it.run(0.3)
    assert it.states()["w1"] is State.STOPPING
    it.run(0.3)
    assert "w1" not in it.running


def test_one_that_the_balancer_does_not_let_go_is_ended_all_the_same() -> None:
    it = world(1, Limits(drain_s=0.2))  # the world takes half a second
    it.tell(Want(0))
    it.run(0.4)
    assert it.running == {}


def test_who_takes_over_goes_on_with_what_is_there() -> None:
    it = World()
    it.running = {"w1": 11, "w3": 13}
    it.tell(Adopted("w1", 11, 4, 60.0))
    it.tell(Adopted("w3", 13, 4, 60.0))
    it.tell(Adopted("w2", None, 1))
    assert it.fleet.wanted == 3
    assert it.running["w1"] == 11
    assert it.running["w2"] > 1000, "its place is filled again"
    it.run(5)
    assert it.fleet.generation == 4


def test_an_end_that_is_heard_of_before_the_start_counts() -> None:
    it = World()
    it.tell(Want(1))
    it.tell(Died("w1", it.running.pop("w1"), "exit code 2"))
    assert it.states() == {"w1": State.BACKING_OFF}
    it.run(10)
    assert it.joined == {"w1"}


WISHES = st.one_of(
    st.tuples(st.just("want"), st.integers(0, 5)),
    st.tuples(st.sampled_from(["kill", "hang", "grow"]), st.integers(0, 4)),
    st.tuples(st.sampled_from(["reload", "break", "mend"]), st.just(0)),
)


def wish(it: World, what: str, number: int) -> None:
    ready = [name for name, state in it.states().items() if state is State.READY and name in it.running]
    name = ready[number % len(ready)] if ready else ""
    match what:
        case "want":
            it.tell(Want(number))
        case "reload":
            it.tell(Reload())
        case "break" | "mend":
            it.boots = what == "mend"
        case "kill" if name:
            it.kill(name)
        case "hang" if name:
            it.hang(name)
        case "grow" if name:
            it.tell(Measured(name, it.running[name], (60 + 60 * number) * MB))


@settings(max_examples=60)
@given(st.lists(st.tuples(WISHES, st.sampled_from([0.0, 0.3, 2.0, 15.0])), max_size=12), st.integers(0, 3))
def test_whatever_happened_what_is_wanted_is_reached_in_the_end(
    wishes: list[tuple[tuple[str, int], float]], seed: int
) -> None:
    it = World(Limits(memory_bytes_max=100 * MB, deaths_max=3), seed=seed)
    it.tell(Want(2))
    for (what, number), then_s in wishes:
        wish(it, what, number)
        it.run(then_s)
        assert len(it.fleet.workers) <= 12, "five, a surge of one, and those that are on their way out"
    it.boots = True
    it.run(3000)
    assert len(it.joined) == it.fleet.wanted
    assert set(it.states()) == it.joined == set(it.running)

    it.tell(Stop())
    it.run(100)
    assert (it.running, it.joined, it.fleet.workers) == ({}, set(), {})
