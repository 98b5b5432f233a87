"""Schedules with a real database keep the promise, each of which breaks it without a rule.

Of histories in real time, under faults and at random, all rules are in tests/prove/caching.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest

from plimsoll.embedded import PostgresServer
from plimsoll.testing.postgres import fresh_database
from tests.cache.stage import DATABASE, TIER_1, House
from tests.cache.stories import STORIES, WITHOUT, Without
from tests.prove.caching.mutation import Mutation

PATCHED: Final = ("plimsoll.cache.", "plimsoll.changes.", "plimsoll.core.", "tests.prove.caching.adapters")


@pytest.fixture(scope="module")
def house(postgres_server: PostgresServer) -> Iterator[House]:
    with furnished(postgres_server) as made:
        yield made


@contextmanager
def furnished(server: PostgresServer) -> Iterator[House]:
    with fresh_database(server) as name, House(server.dsn_of(name)) as made:
        yield made


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_the_promise_is_kept_where(story: Any, house: House) -> None:
    verdict = house.play(story)
    assert not verdict.count, verdict.violations[0]
    assert verdict.served[TIER_1] >= verdict.reads / 4 > 0
    assert verdict.served[DATABASE]


@pytest.mark.parametrize("without", WITHOUT, ids=lambda one: one.rule.name)
def test_the_promise_is_broken_without(without: Without, house: House, postgres_server: PostgresServer) -> None:
    if without.rule.sql:
        with furnished(postgres_server) as mutated:
            mutated.carry_out(*without.rule.sql)
            verdict = mutated.play(without.story)
    else:
        verdict = house.play(without.story, patched_by(without.rule))
    assert set(verdict.kinds) == {without.kind}


@contextmanager
def patched_by(rule: Mutation) -> Iterator[None]:
    """Within it the rule is not kept. Afterwards all is as it was, whichever class or module the mutation is of."""
    before = [(place, dict(vars(place))) for place in places()]
    modules = len(sys.modules)
    assert rule.patch is not None
    try:
        rule.patch()
        assert len(sys.modules) == modules, "what was imported just now would stay as it was patched"
        yield
    finally:
        for place, was in before:
            for name, value in dict(vars(place)).items():
                if name not in was:
                    delattr(place, name)
                elif was[name] is not value:
                    setattr(place, name, was[name])


def places() -> Iterator[Any]:
    for name, module in list(sys.modules.items()):
        if name.startswith(PATCHED):
            yield module
            yield from (one for one in list(vars(module).values()) if isinstance(one, type) and one.__module__ == name)
