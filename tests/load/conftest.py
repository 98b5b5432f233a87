"""What the load's tests share."""

import pytest

from plimsoll.load.language import http_steps, sql_steps, step, transaction, traveller, user
from plimsoll.testing.virtual_time import virtual_now_ns


@pytest.fixture
def virtual_users(monkeypatch: pytest.MonkeyPatch) -> None:
    """Users too take the virtual loop's time for their samples; their hot path reads a clock of its own."""
    for module in (traveller, sql_steps, http_steps, step, transaction, user):
        monkeypatch.setattr(module, "monotonic_ns", virtual_now_ns)
