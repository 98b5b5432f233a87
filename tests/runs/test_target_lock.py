"""Locks on targets: shared unless one run is to be alone, gone with whoever held them."""

from pathlib import Path

import pytest

from plimsoll.runs.target_lock import TargetLock

DATABASE, APPLICATION = "database on one", "application on two"


def test_runs_share_a_target_and_one_that_is_to_be_alone_does_not(tmp_path: Path) -> None:
    first, second, alone = (TargetLock(tmp_path) for _ in range(3))
    assert first.taken([DATABASE], alone=False)
    assert second.taken([DATABASE], alone=False)
    assert not alone.taken([DATABASE], alone=True)
    first.release()
    assert not alone.taken([DATABASE], alone=True)
    second.release()
    assert alone.taken([DATABASE], alone=True)
    assert not first.taken([DATABASE], alone=False)


def test_the_holder_is_told_to_whoever_is_kept_waiting(tmp_path: Path) -> None:
    holder, other = TargetLock(tmp_path), TargetLock(tmp_path)
    assert holder.taken([DATABASE], alone=True, said="process 7")
    assert not other.taken([DATABASE], alone=False)
    assert other.holder == "process 7"


def test_all_of_a_target_is_held_or_nothing(tmp_path: Path) -> None:
    holder, other, third = (TargetLock(tmp_path) for _ in range(3))
    assert holder.taken([APPLICATION], alone=True)
    assert not other.taken([DATABASE, APPLICATION], alone=True)
    assert third.taken([DATABASE], alone=True)


def test_nothing_is_left_when_the_last_holder_lets_go(tmp_path: Path) -> None:
    locks = [TargetLock(tmp_path) for _ in range(2)]
    for lock in locks:
        assert lock.taken([DATABASE, APPLICATION], alone=False)
    for lock in locks:
        lock.release()
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_no_folder_of_ours_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(OSError, match="belongs to somebody else"):
        TargetLock(tmp_path / "link").taken([DATABASE], alone=True)
