"""Traces that Hypothesis draws: of every shape, few keys, so that each is asked again."""

from collections.abc import Callable

from hypothesis import strategies as st

from plimsoll.core.eviction import traces

KEYS = 24
REQUESTS = 120


@st.composite
def shaped(draw: st.DrawFn) -> list[int]:
    """Random, Zipf, loop, scan, mixed and drifting requests, one after another."""
    shape = draw(st.sampled_from(("random", "zipf", "loop", "scan", "mixed", "drifting")))
    seed, keys = draw(st.integers(0, 2**20)), draw(st.integers(1, KEYS))
    if shape == "random":
        return draw(st.lists(st.integers(0, keys - 1), min_size=1, max_size=REQUESTS))
    made: dict[str, Callable[[], traces.Keys]] = {
        "zipf": lambda: traces.zipf(REQUESTS, keys, seed=seed),
        "loop": lambda: traces.loop(REQUESTS, keys),
        "scan": lambda: traces.scan(KEYS),
        "mixed": lambda: traces.mixed(REQUESTS, keys, scans=4, seed=seed),
        "drifting": lambda: traces.drifting(REQUESTS, keys, seed=seed),
    }
    return [int(key) for key in made[shape]()]


requests = st.lists(shaped(), min_size=1, max_size=2).map(lambda parts: [key for part in parts for key in part])
limits = st.tuples(st.integers(1, 30), st.one_of(st.just(2**62), st.integers(1, 120)))
