"""What a run holds of its target, and what it is told when another is in the way."""

from pathlib import Path

import pytest

from plimsoll.core.errors import RefusedError
from plimsoll.settings.environment import Environment
from plimsoll.settings.masking import Secret
from plimsoll.settings.settings import Settings
from plimsoll.testing.virtual_time import run_virtual
from plimsoll.workflows.sharing import Sharing, holding, target_keys
from plimsoll.workflows.target import TargetRequest


def asked(database: str | None, url: str | None = None, project: Path | None = None) -> TargetRequest:
    one = Environment("one", database=Secret(database) if database else None, url=url)
    return TargetRequest(Settings({"one": one}), {"OTHER": "postgresql://u@db.example.org/app"}, "one", project=project)


def test_a_target_is_known_by_whatever_name_it_goes() -> None:
    known = target_keys(asked("postgresql://me:pw@DB.example.org:6432/app"))
    assert known == target_keys(asked("env:OTHER"))
    assert known != target_keys(asked("postgresql://me@db.example.org/other"))


def test_an_application_is_known_by_host_and_port() -> None:
    assert target_keys(asked(None, "http://127.0.0.1:8000/api")) == target_keys(asked(None, "http://localhost:8000"))
    assert target_keys(asked(None, "https://a.org/")) == target_keys(asked(None, "https://A.org:443"))
    assert target_keys(asked(None, "https://a.org")) != target_keys(asked(None, "https://b.org"))


def test_an_embedded_database_is_known_by_its_directory(tmp_path: Path) -> None:
    one, other = (target_keys(asked("embedded", project=tmp_path / name)) for name in "ab")
    assert one != other
    assert not target_keys(asked("embedded"))


def test_no_key_holds_a_password() -> None:
    assert not any("hunter2" in key for key in target_keys(asked("postgresql://me:hunter2@db/app")))


def test_who_waits_in_vain_is_refused_with_the_time_and_the_holder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plimsoll.runs.target_lock.lock_folder", lambda: tmp_path)
    request = asked("postgresql://me@db/app")

    async def both() -> None:
        async with holding(request, Sharing(alone=True)), holding(request, Sharing(wait_s=600)):
            pass

    with pytest.raises(RefusedError, match=r"another run loads the same target after 10 min \(process \d+ in "):
        run_virtual(both())
