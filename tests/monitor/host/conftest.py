import pytest

from tests.monitor.host.clock import Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    for module in ("collector", "tree", "top"):
        monkeypatch.setattr(f"plimsoll.monitor.host.{module}.now", made)
    return made
