"""What `plimsoll watch` needs beside the core."""

import sys

import pytest

from plimsoll.cli.watch import _serving, warn_of_password
from plimsoll.core.errors import UsageError


def test_where_the_packages_of_the_server_are_missing_it_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("plimsoll.server")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(UsageError, match="no module uvicorn") as raised:
        _serving()
    assert "plimsoll-line[server]" in raised.value.remedy


def test_a_password_that_others_see_among_the_processes_is_warned_of_without_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for quiet in (None, "env:DATABASE_URL", "postgresql://ada@db.example.org/shop", "host=db dbname=shop"):
        warn_of_password(quiet)
    assert capsys.readouterr().err == ""
    for loud in ("postgresql://ada:geheim@db.example.org/shop", "host=db password=geheim"):
        warn_of_password(loud)
        said = capsys.readouterr().err
        assert "env:NAME" in said
        assert "geheim" not in said
