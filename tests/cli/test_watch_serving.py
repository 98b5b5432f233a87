"""What `plimsoll watch` needs beside the core."""

import sys

import pytest

from plimsoll.cli.watch import _serving
from plimsoll.core.errors import UsageError


def test_where_the_packages_of_the_server_are_missing_it_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("plimsoll.server")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(UsageError, match="no module uvicorn") as raised:
        _serving()
    assert "plimsoll-line[server]" in raised.value.remedy
