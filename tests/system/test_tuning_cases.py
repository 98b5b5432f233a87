"""Cases with known answers, played through the product on a real server; all: tests/prove/tuning."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from plimsoll.embedded import PostgresServer
from plimsoll.testing.postgres import throwaway_server
from tests.prove.tuning.catalogue import catalogue
from tests.prove.tuning.suite import scored

pytestmark = pytest.mark.alone

CASES = {case.name: case for case in catalogue()}
PLAYED = (
    "btree/or-on-two-columns",
    "gin/jsonb-contains",
    "foreign-keys/cascade",
    "writes/lost-hot-updates",
    "drops/covered",
    "whole/correlated-order",
    "existing/row-security",
)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with throwaway_server() as made:
        yield made


@pytest.mark.parametrize("name", PLAYED)
def test_what_pays_is_advised_and_nothing_else(name: str, server: PostgresServer, tmp_path: Path) -> None:
    score = scored(CASES[name], server, tmp_path)
    assert score.right, score.words
