"""How the processes of `make test` share the suite."""

from pathlib import Path

import pytest

from tests.running import places
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
    for name in ("one/test_a", "one/test_b", "two/test_c"):
        path = pytester.path / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(SUITE, encoding="utf-8")
    for group in ("one+test_a.py@", "one+test_b.py@18", "one+test_b.py@16"):  # as if another had come to them first
        (tmp_path / group).touch()

    first = pytester.inline_run(plugins=[Sharing(tmp_path)])
    second = pytester.inline_run(plugins=[Sharing(tmp_path)])

    ran = [report.nodeid for report in first.getreports("pytest_runtest_logreport") if report.when == "call"]
    assert sorted(ran) == [
        "one/test_a.py::test_three[16]",
        "one/test_a.py::test_three[18]",
        "one/test_b.py::test_one",
        "one/test_b.py::test_two",
        "two/test_c.py::test_one",
        "two/test_c.py::test_three[16]",
        "two/test_c.py::test_three[18]",
        "two/test_c.py::test_two",
    ]
    assert second.getreports("pytest_runtest_logreport") == []
    assert (first.ret, second.ret) == (pytest.ExitCode.OK, pytest.ExitCode.OK)


def test_each_is_given_all_places_and_begins_at_another(tmp_path: Path) -> None:
    for name in ("a/test_1", "a/test_2", "b/below/test_3", "helping", "no/tests", "test_4", "z/test_5", "z/test_6"):
        path = tmp_path / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    given = [[path.name for path in places(tmp_path, number, 3)] for number in range(3)]
    assert given == [
        ["a", "b", "test_4.py", "z"],
        ["b", "test_4.py", "z", "a"],
        ["z", "a", "b", "test_4.py"],
    ]


def test_tests_that_cannot_be_read_are_a_failure(tmp_path: Path, pytester: pytest.Pytester) -> None:
    pytester.makepyfile("import nothing_of_that_name")
    assert pytester.inline_run(plugins=[Sharing(tmp_path)]).ret == pytest.ExitCode.INTERRUPTED
