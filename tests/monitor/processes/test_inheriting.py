"""How much a tree of processes did between two looks, while its processes come and go."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from plimsoll.monitor.processes.inheriting import Count, done
from plimsoll.monitor.processes.reading import Identity

ROOT: Identity = (10, 1)


def test_work_of_a_process_that_lives_on_is_the_difference() -> None:
    assert done({ROOT: Count(1, 100, 7)}, {ROOT: Count(1, 130, 9)}, since=50) == 32


def test_a_child_that_ended_is_counted_once() -> None:
    before = {ROOT: Count(1, 100, 0), (11, 5): Count(10, 400, 0)}
    after = {ROOT: Count(1, 101, 450)}  # 400 of the child had been seen before
    assert done(before, after, since=50) == 51


def test_a_child_nobody_waits_for_takes_nothing_away() -> None:
    before = {ROOT: Count(1, 100, 0), (11, 5): Count(10, 400, 0)}
    assert done(before, {ROOT: Count(1, 130, 0)}, since=50) == 30


def test_what_began_since_the_last_look_has_done_all_of_its_own_since_then() -> None:
    assert done({ROOT: Count(1, 0, 0)}, {ROOT: Count(1, 0, 0), (12, 60): Count(10, 25, 3)}, since=50) == 28


def test_what_was_found_late_but_began_long_ago_counts_from_now_on() -> None:
    assert done({ROOT: Count(1, 0, 0)}, {ROOT: Count(1, 0, 0), (12, 20): Count(10, 9_000, 0)}, since=50) == 0


def test_a_number_that_was_used_again_is_another_process() -> None:
    before = {ROOT: Count(1, 0, 0), (11, 5): Count(10, 400, 0)}
    assert done(before, {ROOT: Count(1, 0, 400), (11, 60): Count(10, 7, 0)}, since=50) == 7


def test_a_grandchild_and_its_parent_that_ended_are_counted_once() -> None:
    before = {ROOT: Count(1, 0, 0), (11, 5): Count(10, 40, 0), (12, 6): Count(11, 60, 0)}
    assert done(before, {ROOT: Count(1, 0, 110)}, since=50) == 10


@dataclass
class Tree:
    """A tree whose parents wait for each child that ends, and how much it has really done."""

    now: int = 100
    worked: int = 0
    living: dict[Identity, list[int]] = field(default_factory=lambda: {ROOT: [1, 0, 0]})  # parent, own, inherited
    next_pid: int = 11

    def look(self) -> dict[Identity, Count]:
        return {identity: Count(parent, own, got) for identity, (parent, own, got) in self.living.items()}

    def work(self, at: int, much: int) -> None:
        self.living[self._pick(at)][1] += much
        self.worked += much

    def fork(self, at: int) -> None:
        self.living[self.next_pid, self.now] = [self._pick(at)[0], 0, 0]
        self.next_pid += 1

    def end(self, at: int) -> None:
        """Only those without children, as a service does it; the root stays."""
        identity = self._pick(at)
        parents = {parent for parent, _, _ in self.living.values()}
        if identity != ROOT and identity[0] not in parents:
            parent, own, got = self.living.pop(identity)
            self.living[next(one for one in self.living if one[0] == parent)][2] += own + got

    def _pick(self, at: int) -> Identity:
        return list(self.living)[at % len(self.living)]


happenings = st.lists(
    st.tuples(st.sampled_from(("work", "fork", "end")), st.integers(0, 50), st.integers(0, 1_000)), max_size=30
)


@given(st.lists(happenings, min_size=1, max_size=4))
def test_all_that_a_tree_does_is_counted_whoever_comes_and_goes(stretches: list[list[tuple[str, int, int]]]) -> None:
    tree = Tree()
    before, counted = tree.look(), 0.0
    for stretch in stretches:
        since = tree.now
        for kind, at, much in stretch:
            tree.now += 1
            tree.work(at, much) if kind == "work" else getattr(tree, kind)(at)
        after = tree.look()
        counted += done(before, after, since)
        before = after
    assert counted == tree.worked


counts = st.builds(Count, st.integers(1, 6), st.integers(0, 1_000), st.integers(0, 1_000))
looks = st.dictionaries(st.tuples(st.integers(1, 6), st.integers(1, 3)), counts, max_size=6)


@given(looks, looks)
def test_it_is_never_negative_and_ends_even_where_parents_stand_in_a_circle(
    before: dict[Identity, Count], after: dict[Identity, Count]
) -> None:
    assert done(before, after, since=2) >= 0
