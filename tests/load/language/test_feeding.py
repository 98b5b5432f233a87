"""Feeds: pure in (seed, feed, n), shared out among processes without talk."""

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.errors import UsageError
from plimsoll.load.language import feed
from plimsoll.load.language.feeding import BLOCK, Feed, FeedExhausted, Source, collecting, rows_to_values

DRAWN = 3 * BLOCK // 2  # more than a block


def made(make: Callable[[], Feed]) -> Feed:
    with collecting() as feeds:
        make()
    return feeds[-1]


def share(make: Callable[[], Feed], count: int, *, seed: int = 1, process: int = 0, processes: int = 1) -> list[Any]:
    """The first `count` values that one process draws."""
    drawn = made(make)
    drawn.bind(seed, process, processes, drawn.source.detail if drawn.source.kind == "values" else None)
    return [drawn.draw() for _ in range(count)]


def together(make: Callable[[], Feed], count: int, processes: int) -> list[Any]:
    shares = [share(make, count // processes, process=k, processes=processes) for k in range(processes)]
    return [value for values in zip(*shares, strict=True) for value in values]


ORDERS: dict[str, Callable[[], Feed]] = {
    "uniform": lambda: feed.range(1, 1000),
    "zipf": lambda: feed.range(1, 1000).zipf(1.1),
    "sequential": lambda: feed.range(1, 1000).sequential(),
    "shuffled": lambda: feed.range(1, 1000).shuffled(),
    "unique": lambda: feed.range(1, 10_000_000).unique(),
    "unique and shuffled": lambda: feed.range(1, 10_000_000).shuffled().unique(),
    "values": lambda: feed.values("a", "b", "c"),
    "generate": lambda: feed.generate(lambda random: random.random()),
}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("processes", [2, 3])
def test_the_shares_of_processes_interleave_to_the_whole(order: str, processes: int) -> None:
    count = DRAWN // processes * processes
    assert together(ORDERS[order], count, processes) == share(ORDERS[order], count)


@pytest.mark.parametrize("order", ORDERS)
def test_equal_seeds_draw_equal_values(order: str) -> None:
    assert share(ORDERS[order], 500) == share(ORDERS[order], 500)


@pytest.mark.parametrize("order", ["uniform", "zipf", "shuffled", "values", "generate"])
def test_other_seeds_draw_other_values(order: str) -> None:
    assert share(ORDERS[order], 500, seed=1) != share(ORDERS[order], 500, seed=2)


def test_two_feeds_alike_draw_differently() -> None:
    with collecting() as feeds:
        feed.range(1, 1000)
        feed.range(1, 1000)
    for drawn in feeds:
        drawn.bind(1, 0, 1, None)
    assert [feeds[0].draw() for _ in range(50)] != [feeds[1].draw() for _ in range(50)]


@given(st.integers(-(2**62), 2**62 - 100), st.integers(0, 99))
def test_both_ends_of_a_range_are_included_and_nothing_beyond(low: int, width: int) -> None:
    drawn = share(lambda: feed.range(low, low + width).shuffled(), width + 1)
    assert sorted(drawn) == list(range(low, low + width + 1))


def test_in_sequence_it_begins_again() -> None:
    assert share(lambda: feed.range(1, 3).sequential(), 7) == [1, 2, 3, 1, 2, 3, 1]


def test_shuffled_gives_each_value_once_before_any_again_and_in_the_same_order() -> None:
    drawn = share(lambda: feed.range(1, 100).shuffled(), 200)
    assert sorted(drawn[:100]) == list(range(1, 101))
    assert drawn[:100] == drawn[100:]
    assert drawn[:100] != list(range(1, 101))


def test_zipf_gives_the_first_values_most_often() -> None:
    counts = Counter(share(lambda: feed.range(1, 100).zipf(1.0), 20_000))
    assert counts.most_common(1)[0][0] == 1
    assert counts[1] == pytest.approx(2 * counts[2], rel=0.15)


@pytest.mark.parametrize("processes", [1, 3])
def test_unique_values_are_never_repeated_in_the_whole_run_and_then_end_it(processes: int) -> None:
    values: list[int] = []
    for k in range(processes):
        drawn = made(lambda: feed.range(1, BLOCK + 10).unique())
        drawn.bind(1, k, processes, None)
        values += [drawn.draw() for _ in range(k, BLOCK + 10, processes)]
        for _ in range(2):
            with pytest.raises(FeedExhausted, match=r"feed\.range"):
                drawn.draw()
    assert sorted(values) == list(range(1, BLOCK + 11))


def test_a_process_without_a_share_of_unique_values_is_at_the_end_at_once() -> None:
    drawn = made(lambda: feed.range(1, 2).unique())
    drawn.bind(1, 5, 8, None)
    with pytest.raises(FeedExhausted):
        drawn.draw()


def test_generated_values_have_a_random_of_their_own_each() -> None:
    drawn = share(lambda: feed.generate(lambda random: (random.random(), random.random())), 100)
    assert len({pair[0] for pair in drawn}) == 100


def test_what_a_generator_raises_spoils_only_its_own_draw() -> None:
    def make(random: Random) -> int:
        if random.random() < 0.5:
            raise KeyError("now and then")
        return 7

    drawn = made(lambda: feed.generate(make))
    drawn.bind(1, 0, 1, None)
    outcomes = set()
    for _ in range(50):
        try:
            outcomes.add(drawn.draw())
        except KeyError:
            outcomes.add("raised")
    assert outcomes == {7, "raised"}


@pytest.mark.parametrize(
    ("given_values", "wanted"),
    [((1, 2), [1, 2]), (([1, 2],), [1, 2]), ((range(2),), [0, 1]), (("ab",), ["ab"]), (({"a": 1},), [{"a": 1}]),
     ((iter([1, 2]),), [1, 2]), (([1], [2]), [[1], [2]]), ((b"ab",), [b"ab"])],
)  # fmt: skip
def test_values_are_those_given_or_those_of_one_iterable(given_values: tuple[Any, ...], wanted: list[Any]) -> None:
    assert made(lambda: feed.values(*given_values)).source.detail == wanted


@pytest.mark.parametrize(
    "make",
    [
        lambda: feed.range(2, 1),
        lambda: feed.range(1, 2**60),
        lambda: feed.range(2**70, 2**70 + 1),
        lambda: feed.range(1.0, 2),  # type: ignore[arg-type]
        lambda: feed.range(True, 2),
        lambda: feed.range(1, 9).zipf(-1),
        lambda: feed.range(1, 9).zipf(float("nan")),
        lambda: feed.range(1, 9).unique().zipf(1.1),
        lambda: feed.range(1, 9).zipf(1.1).unique(),
        lambda: feed.values({3, 1, 2}),
        lambda: feed.csv("a.csv", delimiter="||"),
        lambda: feed.csv("a.csv", columns="login"),
        lambda: feed.csv("a.csv", header=False),
        lambda: feed.generate(7),  # type: ignore[arg-type]
        lambda: feed.generate(Random.random).shuffled(),
    ],
)
def test_mistakes_are_answered_with_the_line_and_a_remedy(make: Callable[[], Feed]) -> None:
    with collecting(), pytest.raises(UsageError) as caught:
        make()
    assert "test_feeding.py, line " in caught.value.where
    assert caught.value.remedy


def test_drawing_before_the_load_says_where_feeds_belong() -> None:
    with pytest.raises(UsageError) as caught:
        made(lambda: feed.range(1, 9)).draw()
    assert "inside journeys" in caught.value.remedy


def test_a_feed_of_nothing_is_refused_when_it_is_bound() -> None:
    with pytest.raises(UsageError, match="nothing to draw"):
        Feed(Source("sql", "SELECT 1", "here")).bind(1, 0, 1, [])


def test_rows_have_their_columns_by_name_and_by_position() -> None:
    (row,) = rows_to_values(["id", "name"], [(1, "a")])
    assert (row["id"], row[1], len(row), list(row)) == (1, "a", 2, [1, "a"])
    first, second = row
    assert (first, second) == (1, "a")
    with pytest.raises(KeyError, match="there are id, name"):
        row["nope"]
    assert rows_to_values(["id"], [(1,), (2,)]) == [1, 2]
