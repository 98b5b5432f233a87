"""The clock of a hit is that of watermarks, whichever is read."""

import time
from pathlib import Path

import pytest

from plimsoll.cache import clock
from plimsoll.cache.clock import cannot_sleep, quick_clock
from plimsoll.changes.clock import clock_s


def test_the_quicker_clock_is_taken_only_where_the_machine_cannot_sleep_and_both_agree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    power, ways = str(tmp_path), tmp_path / "state"
    assert not cannot_sleep(power)
    for said in ("freeze mem disk\n", "mem"):
        ways.write_text(said, encoding="ascii")
        assert quick_clock(power) is not time.monotonic
    ways.write_text("\n", encoding="ascii")
    monkeypatch.setattr(clock, "clocks_agree", lambda: True)
    assert quick_clock(power) is time.monotonic
    (tmp_path / "disk").write_text("[disabled]\n", encoding="ascii")
    assert not cannot_sleep(power)
    (tmp_path / "disk").unlink()
    monkeypatch.setattr(clock, "clocks_agree", lambda: False)
    assert quick_clock(power) is not time.monotonic


def test_what_is_read_is_the_clock_of_watermarks() -> None:
    read = quick_clock()
    before_s = clock_s()
    assert before_s <= read() <= clock_s()
