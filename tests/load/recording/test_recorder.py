"""The recorder: every sample is folded and stored exactly once, also those that may still be failed."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from plimsoll.load.recording.fold import NO_ERROR
from plimsoll.load.recording.recorder import (
    BUFFER_ROWS,
    BUFFERS_MAX,
    ERROR_CLASSES_MAX,
    NAMES_MAX,
    NO_HTTP,
    OTHER,
    Recorder,
)
from plimsoll.runs.samples import ERROR, NAME, USER, SampleName


class AtOnce(Executor):
    """Does the batch thread's work in place, so that a test reads from top to bottom."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(function(*args, **named))
        return done


class Stuck(Executor):
    """A batch thread that never gets round to it, until it is let go."""

    def __init__(self) -> None:
        self._work: list[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]] = []

    def submit(self, function: Callable[..., Any], /, *args: Any, **_named: Any) -> Future[Any]:
        promised: Future[Any] = Future()
        self._work.append((promised, function, args))
        return promised

    def let_go(self) -> None:
        for promised, function, args in self._work:
            promised.set_result(function(*args))


@dataclass
class Kept:
    """Keeps every stored row as (user, name, error)."""

    lost: int = 0
    rows: list[tuple[int, SampleName, str | None]] = field(default_factory=list)
    flushed: int = 0

    def add(self, rows: NDArray[np.int64], names: Sequence[SampleName], errors: Sequence[str | None]) -> None:
        self.rows += [(row[USER], names[row[NAME]], errors[row[ERROR]]) for row in rows.tolist()]

    def flush(self, names: Sequence[SampleName], errors: Sequence[str | None]) -> None:
        self.flushed += 1


@dataclass
class Holder:
    row_at: int = -1


def recording(*holders: Holder, sink: Kept | None = None, executor: Executor | None = None) -> Recorder:
    return Recorder(holders, sink, executor or AtOnce())


def record(recorder: Recorder, user: int = 0, *, step: str = "select", error: str = "", scheduled: int = 0) -> int:
    """Records a step of 1 µs and returns its place."""
    number = recorder.error_number(error) if error else NO_ERROR
    name = recorder.step_number("look", step, "sql")
    return recorder.record(name, user, scheduled, scheduled, scheduled, scheduled + 1000, 0, number, *NO_HTTP)


def counted(recorder: Recorder, *, warmup: bool = False) -> dict[str, tuple[int, dict[str, int]]]:
    """Count and error classes by step, since the last time."""
    steps = recorder.take(warmup=warmup).result().step_intervals()
    return {name: (step.count, step.error_classes) for (_, name), step in steps.items()}


def test_what_is_recorded_is_counted_once() -> None:
    recorder = recording()
    for error in ("", "", "timeout"):
        record(recorder, error=error)
    assert counted(recorder) == {"select": (3, {"timeout": 1})}
    assert counted(recorder) == {}


def test_a_sample_may_be_failed_after_it_was_recorded() -> None:
    recorder = recording()
    at = record(recorder)
    assert recorder.fail_row(at, "check: one row")
    assert counted(recorder) == {"select": (1, {"check: one row": 1})}


def test_a_sample_fails_once_and_keeps_its_first_class() -> None:
    recorder = recording()
    at = record(recorder, error="timeout")
    assert not recorder.fail_row(at, "check: one row")
    assert counted(recorder) == {"select": (1, {"timeout": 1})}


def test_a_held_sample_is_kept_back_over_hand_overs_and_can_still_be_failed() -> None:
    holder, kept = Holder(), Kept()
    recorder = recording(holder, sink=kept)
    record(recorder, 1)
    holder.row_at = record(recorder, 2)
    record(recorder, 3)

    assert counted(recorder) == {"select": (2, {})}
    assert counted(recorder) == {}
    recorder.fail_row(holder.row_at, "check: one row")
    holder.row_at = -1
    assert counted(recorder) == {"select": (1, {"check: one row": 1})}
    select = SampleName("look", "select", "sql")
    assert kept.rows == [(1, select, None), (3, select, None), (2, select, "check: one row")]


def test_a_full_buffer_hands_itself_over_and_holds_on_to_held_samples() -> None:
    holder = Holder()
    recorder = recording(holder)
    holder.row_at = record(recorder, 1)
    for user in range(2, BUFFER_ROWS + 2):
        record(recorder, user)
    assert recorder.fail_row(holder.row_at, "late")
    holder.row_at = -1
    assert counted(recorder) == {"select": (BUFFER_ROWS + 1, {"late": 1})}
    assert recorder.samples_lost == 0


@dataclass(frozen=True)
class Act:
    """One thing that happens to one of three users."""

    user: int
    what: str


acts = st.builds(Act, st.integers(0, 2), st.sampled_from(["record", "hold", "fail", "let go", "hand over", "take"]))


@given(st.lists(acts, max_size=60))
def test_nothing_is_lost_or_doubled_whatever_happens_in_between(happening: list[Act]) -> None:
    holders = [Holder() for _ in range(3)]
    kept = Kept()
    recorder = recording(*holders, sink=kept)
    expected: list[str | None] = []  # the error of the n-th sample, whose "user" is n
    held: dict[int, int] = {}
    total: Counter[str] = Counter()

    for act in happening:
        holder = holders[act.user]
        if act.what in ("record", "hold"):
            at = record(recorder, len(expected))
            holder.row_at = at if act.what == "hold" else -1
            held.pop(act.user, None)
            if act.what == "hold":
                held[act.user] = len(expected)
            expected.append(None)
        elif act.what == "fail" and act.user in held:
            recorder.fail_row(holder.row_at, f"error {act.user}")
            expected[held[act.user]] = expected[held[act.user]] or f"error {act.user}"
        elif act.what == "let go":
            holder.row_at = -1
            held.pop(act.user, None)
        elif act.what == "hand over":
            recorder.hand_over()
        elif act.what == "take":
            total += _tally(recorder)

    for holder in holders:
        holder.row_at = -1
    total += _tally(recorder)
    assert sorted((user, error) for user, _, error in kept.rows) == list(enumerate(expected))
    assert total == Counter(error or "fine" for error in expected)


def _tally(recorder: Recorder) -> Counter[str]:
    tally: Counter[str] = Counter()
    for count, errors in counted(recorder).values():
        tally.update({"fine": count - sum(errors.values()), **errors})
    return +tally


# -- bounds -----------------------------------------------------------------------------------------------------------


def test_steps_beyond_the_bound_are_recorded_together() -> None:
    recorder = recording()
    for number in range(NAMES_MAX + 5):
        record(recorder, step=f"step {number}")
    steps = counted(recorder)
    assert len(steps) == NAMES_MAX + 1
    assert steps[OTHER] == (5, {})
    record(recorder, step="step 0")
    assert counted(recorder) == {"step 0": (1, {})}


def test_error_classes_beyond_the_bound_are_recorded_together() -> None:
    recorder = recording()
    for number in range(ERROR_CLASSES_MAX + 5):
        record(recorder, error=f"error {number}")
    count, classes = counted(recorder)["select"]
    assert count == classes.pop(OTHER) + len(classes) == ERROR_CLASSES_MAX + 5
    assert len(classes) < ERROR_CLASSES_MAX
    assert classes["error 0"] == 1


def test_journeys_have_numbers_of_their_own_however_many_steps_there_are() -> None:
    recorder = recording()
    for number in range(NAMES_MAX):
        record(recorder, step=f"step {number}")
    recorder.record(recorder.journey_number("look"), 0, 0, 0, 0, 1000, 0, NO_ERROR, *NO_HTTP)
    assert recorder.take().result().journey_intervals()["look"].count == 1


def test_what_the_batch_thread_cannot_keep_up_with_is_counted_as_lost() -> None:
    stuck = Stuck()
    recorder = recording(executor=stuck)
    for user in range(BUFFERS_MAX + 3):
        record(recorder, user)
        recorder.hand_over()
    assert recorder.samples_lost == 3
    promised = recorder.take()
    stuck.let_go()
    assert promised.result().step_intervals()["look", "select"].count == BUFFERS_MAX


def test_a_held_sample_is_not_lost_with_the_batch_it_was_held_back_from() -> None:
    stuck, holder = Stuck(), Holder()
    recorder = recording(holder, executor=stuck)
    for user in range(BUFFERS_MAX):
        record(recorder, user)
        recorder.hand_over()
    holder.row_at = record(recorder)
    record(recorder)
    recorder.hand_over()
    assert recorder.samples_lost == 1
    recorder.hand_over()  # nothing but the held sample, moved again
    assert recorder.samples_lost == 1


# -- warm-up and store ------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), max_size=30), st.integers(0, 20))
def test_what_was_scheduled_in_the_warm_up_is_kept_apart(samples: list[tuple[int, bool]], measure_from: int) -> None:
    kept = Kept()
    recorder = recording(sink=kept)
    recorder.measure_from_ns = measure_from
    for user, (scheduled, hand_over) in enumerate(samples):
        record(recorder, user, scheduled=scheduled)
        if hand_over:
            recorder.hand_over()
    early = sum(scheduled < measure_from for scheduled, _ in samples)

    assert counted(recorder, warmup=True) == ({"select": (early, {})} if early else {})
    late = len(samples) - early
    assert counted(recorder) == ({"select": (late, {})} if late else {})
    assert len(kept.rows) == len(samples)


def test_a_sample_of_the_warm_up_that_ends_after_it_is_in_no_figure() -> None:
    recorder = recording()
    recorder.measure_from_ns = 5_000
    assert counted(recorder, warmup=True) == {}
    record(recorder, scheduled=4_999)
    record(recorder, scheduled=5_000)
    assert counted(recorder) == {"select": (1, {})}


def test_what_is_lost_on_its_way_to_the_disk_is_counted_too() -> None:
    assert recording(sink=Kept(lost=7)).samples_lost == 7


@contextmanager
def real_thread(sink: Kept) -> Iterator[Recorder]:
    recorder = Recorder([], sink)
    yield recorder
    recorder.close()


@pytest.mark.parametrize("batches", [1, 50])
def test_closing_stores_everything_that_was_recorded(batches: int) -> None:
    kept = Kept()
    with real_thread(kept) as recorder:
        for user in range(batches):
            record(recorder, user)
            recorder.store().result()
        record(recorder, batches)
    assert [user for user, _, _ in kept.rows] == list(range(batches + 1))
    assert kept.flushed == batches + 1
