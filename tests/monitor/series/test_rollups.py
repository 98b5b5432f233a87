"""Roll-ups say of each stretch what a plain reckoning says, however the points were cut into parts before."""

from collections import defaultdict
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.monitor.series.rollups import Rollup, blocks, coarser, merged, pack, rolled_points, unpack

Point = tuple[float, float]
points_of_a_day = st.lists(
    st.tuples(st.floats(0, 86_400).map(lambda at: round(at, 3)), st.integers(-1000, 1000).map(float)), max_size=25
)


def reckoned(points: Sequence[Point], step_s: int) -> dict[int, list[float]]:
    """By stretch: lowest, mean, highest and number."""
    stretches: dict[int, list[float]] = defaultdict(list)
    for at, value in points:
        stretches[int(at // step_s)].append(value)
    return {
        slot: [min(values), sum(values) / len(values), max(values), len(values)]
        for slot, values in sorted(stretches.items())
    }


def rows(rollup: Rollup) -> dict[int, list[float]]:
    columns = zip(rollup.low, rollup.mean, rollup.high, rollup.counts, strict=True)
    return dict(zip(rollup.slots, map(list, columns), strict=True))


def rolled(points: Sequence[Point], step_s: int) -> Rollup:
    inorder = sorted(points, key=lambda point: point[0])
    return rolled_points([at for at, _ in inorder], [value for _, value in inorder], step_s)


def assert_same(rollup: Rollup, expected: dict[int, list[float]]) -> None:
    found = rows(rollup)
    assert list(found) == list(expected)
    for slot, row in expected.items():
        assert found[slot] == pytest.approx(row, rel=1e-6, abs=1e-4)


@given(points_of_a_day)
def test_a_roll_up_is_the_plain_reckoning(points: list[Point]) -> None:
    assert_same(rolled(points, 60), reckoned(points, 60))


@given(points_of_a_day, st.sampled_from([120, 900, 14_400]))
def test_a_roll_up_of_a_roll_up_is_the_one_of_the_points(points: list[Point], step_s: int) -> None:
    assert_same(coarser(rolled(points, 60), step_s), reckoned(points, step_s))


@given(st.lists(points_of_a_day, max_size=3))
def test_parts_merge_to_the_whole_in_whichever_order_they_came(parts: list[list[Point]]) -> None:
    whole = merged([rolled(part, 60) for part in parts], 60)
    assert_same(whole, reckoned([point for part in parts for point in part], 60))


@given(points_of_a_day)
def test_blocks_hold_the_whole_on_disk(points: list[Point]) -> None:
    found = Rollup(60)
    for block, part in blocks(rolled(points, 60)):
        for slot, row in rows(unpack(block, 60, pack(block, part))).items():
            found.add(slot, row[0], row[1], row[2], int(row[3]))
    assert_same(found, reckoned(points, 60))
