"""One platform for each file of tests: they make what they need, and do not count what others made."""

from collections.abc import Iterator
from secrets import token_hex

import pytest

from plimsoll.embedded import PostgresServer
from tests.fluentscribe.api.service import Platform, serving


@pytest.fixture(scope="module")
def platform(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    name = f"test_{token_hex(6)}"
    with serving(postgres_server.create_database(name), tmp_path_factory.mktemp("files")) as running:
        yield running
    postgres_server.drop_database(name)
