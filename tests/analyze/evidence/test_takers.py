"""Who takes the load generator's cores: the target by its trees, others by the list, and what neither tells."""

from collections.abc import Mapping
from typing import Any

import pytest

from plimsoll.analyze.evidence.takers import Taker, is_taken_by_target, taker_words, takers
from tests.analyze.building import evidence

OURS = {"pid": 1, "name": "python", "cpu_percent": 10.0, "tree": "plimsoll", "cores": ""}
BACKEND = {"pid": 2, "name": "postgres", "cpu_percent": 5.0, "tree": "database", "cores": ""}
MAKE = {"pid": 3, "name": "make", "cpu_percent": 20.0, "tree": "", "cores": ""}


def seen(*rows: Mapping[str, Any], busy: float = 100.0, tree: str = "database", cpu: float = 160.0) -> list[Taker]:
    gauges = {
        "host_cpu_cores": 2.0, "host_cpu_busy_percent": busy, f'process_cpu_percent{{tree="{tree}"}}': cpu,
    }  # fmt: skip
    return takers(evidence(gauges=gauges, processes=[(3.0, {"rows": list(rows), "known": True})]))


def test_the_target_is_told_by_its_whole_tree_and_not_by_those_of_it_that_are_listed() -> None:
    found = seen(OURS, BACKEND, MAKE)
    assert is_taken_by_target(found)
    assert taker_words(found, True) == ["the database (160 % of a core)"]
    assert taker_words(found, False) == ["make (20 % of a core)"]


def test_an_application_is_named_by_what_it_is_watched_as() -> None:
    assert taker_words(seen(OURS, tree="port:8000"), True) == ["the application (port 8000) (160 % of a core)"]


def test_what_no_list_shows_is_not_laid_upon_the_target() -> None:
    found = seen(OURS, MAKE, cpu=60.0)
    assert not is_taken_by_target(found)
    assert taker_words(found, False)[0] == "unlisted or short-lived processes (110 % of a core)"


def test_a_target_on_cores_of_its_own_takes_none_of_the_generators() -> None:
    apart = seen({**OURS, "cores": "1"}, {**BACKEND, "cores": "0"}, {**MAKE, "cores": "0"}, busy=55.0, cpu=80.0)
    assert apart == []


def test_another_server_is_not_the_target_and_a_proxy_before_it_is() -> None:
    found = seen(OURS, {**MAKE, "name": "postgres"}, {**MAKE, "name": "haproxy"})
    assert taker_words(found, False) == ["another PostgreSQL server (20 % of a core)"]
    assert taker_words(found, True)[1:] == ["haproxy (20 % of a core)"]


@pytest.mark.parametrize("known", [[], [Taker("the database", 0.1, True)]])
def test_who_takes_next_to_nothing_is_not_the_reason(known: list[Taker]) -> None:
    assert not is_taken_by_target(known)
