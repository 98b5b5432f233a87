"""Which HAProxy is found, and why one is not."""

from pathlib import Path

import pytest

from plimsoll.core.errors import ServiceError
from plimsoll.embedded import haproxy
from plimsoll.embedded.haproxy import find_haproxy, known


def program(folder: Path, says: str) -> Path:
    path = folder / "haproxy"
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


def test_the_wheels_program_runs_here() -> None:
    found = find_haproxy()
    assert tuple(int(part) for part in found.version.split(".")[:2]) >= (2, 8)
    assert found == known(found.path)


def test_what_is_on_path_is_taken_where_the_wheel_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(haproxy, "WHEEL_PACKAGE", "no_such_package")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServiceError, match="no HAProxy to start here"):
        find_haproxy()
    on_path = program(tmp_path, "HAProxy version 3.2.4-98813a1 2026/01/01 - https://haproxy.org/")
    assert find_haproxy() == haproxy.HaproxyProgram(on_path, "3.2.4")
    program(tmp_path, "HA-Proxy version 2.4.22 2026/01/01")
    with pytest.raises(ServiceError, match=r"2\.4\.22 is too old"):
        find_haproxy()
    program(tmp_path, "hello")
    with pytest.raises(ServiceError, match="does not say"):
        find_haproxy()
    on_path.write_text("no program")
    with pytest.raises(ServiceError, match="does not run"):
        find_haproxy()
