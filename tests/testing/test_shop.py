"""The shop's application on a real database: what it serves, and what it does wrong when ordered to."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import pytest

from plimsoll.core.errors import ServiceError, UsageError
from plimsoll.embedded import PostgresServer
from plimsoll.testing.postgres import fresh_database
from plimsoll.testing.shop.database import schema
from plimsoll.testing.shop.serving import serve_shop
from plimsoll.testing.shop.switches import Switches


@pytest.fixture(scope="module")
def shop_database(postgres_server: PostgresServer) -> Iterator[str]:
    with fresh_database(postgres_server) as name:
        postgres_server.sql(*schema(orders=5_000), database=name)
        yield postgres_server.dsn_of(name)


def answer(port: int, path: str, method: str = "GET", headers: Mapping[str, str] | None = None) -> tuple[int, Any]:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    with closing(connection):
        connection.request(method, path, headers=dict(headers or {}))
        reply = connection.getresponse()
        return reply.status, json.load(reply)


def test_a_shop_without_faults_sells(shop_database: str) -> None:
    with serve_shop(shop_database) as shop:
        status, before = answer(shop.port, "/products/7")
        assert status == 200
        assert answer(shop.port, "/products/7/purchase?customer=3", "POST") == (201, {"product": 7})
        assert answer(shop.port, "/products/7") == (200, {**before, "stock": before["stock"] - 1})
        status, rows = answer(shop.port, "/products?after=5")
        assert (status, len(rows)) == (200, 20)
        assert [answer(shop.port, path)[0] for path in ("/customers/3/orders", "/report", "/nothing")] == [
            200,
            200,
            404,
        ]


def test_it_fails_refuses_and_limits_as_ordered(shop_database: str) -> None:
    with serve_shop(shop_database, Switches(token="yes", error_rate=1.0)) as shop:
        assert answer(shop.port, "/products")[0] == 401
        assert answer(shop.port, "/products", headers={"Authorization": "Bearer yes"})[0] == 500
    with serve_shop(shop_database, Switches(requests_per_s=0.01, n_plus_one=True)) as shop:
        assert [answer(shop.port, "/products")[0] for _ in range(2)] == [200, 429]


def test_what_cannot_serve_says_so(shop_database: str) -> None:
    gone = shop_database.rpartition("/")[0] + "/no_such_database"
    with pytest.raises(ServiceError, match="did not start"), serve_shop(gone):
        pass
    with pytest.raises(UsageError, match="does not know such switches"):
        Switches.read('{"flavour": 1}')
