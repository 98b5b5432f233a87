import pytest

from tests.monitor.clock import Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    for module in ("host.collector", "processes.tree", "processes.top"):
        monkeypatch.setattr(f"plimsoll.monitor.{module}.now", made)
    return made
