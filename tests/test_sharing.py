"""How the processes of `make test` share the suite."""

from pathlib import Path

import pytest

from tests.sharing import Sharing, claimed

SUITE = """
import pytest

@pytest.fixture(scope="session", params=[18, 16])
def each_postgres_server(request):
    return request.param

def test_one():
    pass

def test_two():
    pass

def test_three(each_postgres_server):
    pass
"""


def test_of_several_that_claim_the_same_the_first_has_it(tmp_path: Path) -> None:
    assert [claimed(tmp_path / name) for name in ("a", "b", "a", "b")] == [True, True, False, False]


def test_together_they_run_every_test_once(tmp_path: Path, pytester: pytest.Pytester) -> None:
    for name in ("test_a", "test_b"):
        pytester.makepyfile(**{name: SUITE})
    (tmp_path / "test_a.py@").touch()  # as if another had come to it first
    (tmp_path / "test_b.py@16").touch()

    first = pytester.inline_run(plugins=[Sharing(tmp_path)])
    second = pytester.inline_run(plugins=[Sharing(tmp_path)])

    ran = sorted(report.nodeid for report in first.getreports("pytest_runtest_logreport") if report.when == "call")
    wanted = ["test_a.py::test_three[16]", "test_a.py::test_three[18]", "test_b.py::test_one"]
    assert ran == [*wanted, "test_b.py::test_three[18]", "test_b.py::test_two"]
    assert second.getreports("pytest_runtest_logreport") == []
    assert (first.ret, second.ret) == (pytest.ExitCode.OK, pytest.ExitCode.OK)
