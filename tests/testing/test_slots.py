"""The server of known capacity."""

from contextlib import closing
from http.client import HTTPConnection

import pytest

from plimsoll.testing.slots import SlotServer


def test_as_many_as_there_are_slots_are_served_at_once_and_the_others_in_turn() -> None:
    server = SlotServer(slots=2, service_s=0.5)
    assert [server.done_at(100.0) for _ in range(5)] == pytest.approx([100.5, 100.5, 101.0, 101.0, 101.5])
    assert server.done_at(200.0) == pytest.approx(200.5)
    assert server.capacity == 4


def test_it_answers_over_http() -> None:
    with SlotServer(slots=1, service_s=0.01) as server, closing(HTTPConnection("127.0.0.1", server.port)) as client:
        client.request("GET", "/any")
        reply = client.getresponse()
        assert (reply.status, reply.read()) == (200, b"ok")
