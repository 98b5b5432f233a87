"""Scenario files: what they declare, and mistakes answered with file, line and remedy."""

import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.load.language.scenario import Scenario, StepFailed, line_in, load_scenario

GOOD = """
from plimsoll import feed, journey, setup, start, teardown

accounts = feed.range(1, 10)
names = feed.values("a", "b").shuffled()

@setup
async def prepare(run): return 1

@start
async def log_in(user): ...

@journey(weight=70)
async def look_up(user): ...

@journey(weight=30, writes=True, name="move money")
async def transfer(user): ...

@journey
async def plain(user): ...

@teardown
async def clean_up(run, shared): ...
"""


@pytest.fixture(autouse=True)
def _path_as_before() -> Iterator[None]:
    """A scenario's folder is put on the path, as for any script."""
    before, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = before
    for name in set(sys.modules) - modules:
        if name.startswith(("plimsoll_scenario_", "helper_")):
            del sys.modules[name]


def written(directory: Path, text: str, name: str = "bank.py") -> Path:
    path = directory / name
    path.write_text(dedent(text))
    return path


def loaded(directory: Path, text: str) -> Scenario:
    return load_scenario(written(directory, text))


def mistake(directory: Path, text: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        loaded(directory, text)
    return caught.value


def test_a_scenario_declares_journeys_hooks_and_feeds(tmp_path: Path) -> None:
    scenario = loaded(tmp_path, GOOD)
    assert scenario.name == "bank"
    assert [(j.name, j.weight, j.writes) for j in scenario.journeys] == [
        ("look_up", 70, False),
        ("move money", 30, True),
        ("plain", 1, False),
    ]
    assert scenario.setup is not None
    assert scenario.start is not None
    assert scenario.teardown is not None
    assert [feed.number for feed in scenario.feeds] == [0, 1, 2]


def test_loading_it_again_numbers_its_feeds_alike(tmp_path: Path) -> None:
    first, second = loaded(tmp_path, GOOD), loaded(tmp_path, GOOD)
    assert [(feed.number, feed.source.where) for feed in first.feeds] == [
        (feed.number, feed.source.where) for feed in second.feeds
    ]


def test_modules_beside_it_can_be_imported(tmp_path: Path) -> None:
    written(tmp_path, "TABLE = 'accounts'\n", "helper_beside.py")
    scenario = loaded(
        tmp_path, "import helper_beside\nfrom plimsoll import journey\n@journey\nasync def a(user): ...\n"
    )
    assert scenario.journeys[0].name == "a"


def test_a_journey_with_more_arguments_that_have_defaults_is_fine(tmp_path: Path) -> None:
    assert loaded(tmp_path, "from plimsoll import journey\n@journey\nasync def a(user, n=1): ...\n").journeys


HEAD = "from plimsoll import feed, journey, setup, start, teardown\n"
JOURNEY = "@journey\nasync def a(user): ...\n"


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        (HEAD + "@journey\nasync def a(user:\n", "syntax error", 3),
        (HEAD + "  x = 1\n", "syntax error", 2),
        (HEAD, "no journey", None),
        ("", "no journey", None),
        (HEAD + "@journey\ndef a(user): ...\n", "async", 2),
        (HEAD + "@journey\nclass A: ...\n", "async", None),
        (HEAD + "@journey(weight=2)\ndef a(user): ...\n", "async", 2),
        (HEAD + "@setup\ndef a(run): ...\n" + JOURNEY, "@setup needs an async function", 2),
        (HEAD + "@journey\nasync def a(): ...\n", "wrong arguments", 2),
        (HEAD + "@journey\nasync def a(user, other): ...\n", "wrong arguments", 2),
        (HEAD + "@teardown\nasync def a(run): ...\n" + JOURNEY, "wrong arguments", 2),
        (HEAD + "@journey(weight=-1)\nasync def a(user): ...\n", "wrong weight", 2),
        (HEAD + "@journey(weight='7')\nasync def a(user): ...\n", "wrong weight", 2),
        (HEAD + "@journey(weight=True)\nasync def a(user): ...\n", "wrong weight", 2),
        (HEAD + "@journey(weight=float('nan'))\nasync def a(user): ...\n", "wrong weight", 2),
        (HEAD + "@journey(weight=float('inf'))\nasync def a(user): ...\n", "wrong weight", 2),
        (HEAD + "@journey(wieght=1)\nasync def a(user): ...\n", "failed", 2),
        (HEAD + JOURNEY + "@journey(name='a')\nasync def b(user): ...\n", "two journeys are called 'a'", None),
        (HEAD + JOURNEY + JOURNEY, "two functions are called a", 4),
        (HEAD + "@start\n" + JOURNEY, "a is already a @journey", 2),
        (HEAD + "@journey(3)\nasync def a(user): ...\n", "by name", 2),
        (HEAD + "@journey('look up')\nasync def a(user): ...\n", "by name", 2),
        (HEAD + JOURNEY + "@setup\nasync def s(run): ...\n@setup\nasync def t(run): ...\n", "more than one @setup", 6),
        (
            HEAD + JOURNEY + "@start\nasync def s(user): ...\n@start\nasync def t(user): ...\n",
            "more than one @start",
            6,
        ),
        ("import nothing_of_this_name\n", "failed", 1),
        (HEAD + "from plimsoll import journeys\n", "failed", 2),
        (HEAD + "x = 1\ny = x / 0\n" + JOURNEY, "failed", 3),
        (HEAD + "def f():\n    raise KeyError('x')\nf()\n", "failed", 3),
        (HEAD + "import sys\nsys.exit(3)\n", "failed", 3),
        (HEAD + "numbers = feed.range(9, 1)\n" + JOURNEY, "wrong range", 2),
        (HEAD + "numbers = feed.range(1, 9)\nfirst = numbers.draw()\n" + JOURNEY, "drawn from before the load", None),
    ],
)
def test_a_mistake_is_answered_with_file_line_and_remedy(
    tmp_path: Path, text: str, what: str, line: int | None
) -> None:
    error = mistake(tmp_path, text)
    assert what in error.what
    assert "bank.py" in error.where
    assert error.remedy
    if line is not None:
        assert error.where.endswith(f"line {line}")


def test_a_missing_module_says_what_to_install(tmp_path: Path) -> None:
    assert "pip install nothing_of_this_name" in mistake(tmp_path, "import nothing_of_this_name\n").remedy


def test_a_mistake_in_a_module_beside_it_names_the_line_that_imports_it(tmp_path: Path) -> None:
    written(tmp_path, "1 / 0\n", "helper_broken.py")
    error = mistake(tmp_path, "\nimport helper_broken\n")
    assert error.where.endswith("bank.py, line 2")
    assert "ZeroDivisionError" in error.why


def test_a_syntax_error_in_a_module_beside_it_names_that_module(tmp_path: Path) -> None:
    written(tmp_path, "x = (\n", "helper_unclosed.py")
    assert "helper_unclosed.py, line 1" in mistake(tmp_path, "import helper_unclosed\n").where


def test_a_file_that_is_not_python_or_not_text_is_a_mistake_too(tmp_path: Path) -> None:
    path = tmp_path / "bank.py"
    path.write_bytes(b"\xff\xfe\x00\x00 nonsense")
    with pytest.raises(UsageError) as caught:
        load_scenario(path)
    assert caught.value.remedy


def test_a_missing_file_names_those_that_are_there(tmp_path: Path) -> None:
    written(tmp_path, "", "bank.py")
    with pytest.raises(UsageError) as caught:
        load_scenario(tmp_path / "bnak.py")
    assert "bank.py" in caught.value.why
    assert "plimsoll init" in caught.value.remedy


def test_a_folder_is_no_scenario(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no scenario file"):
        load_scenario(tmp_path)


def test_the_line_of_a_journey_s_own_mistake_is_found(tmp_path: Path) -> None:
    path = written(tmp_path, "def fail():\n    inner()\n\ndef inner():\n    raise KeyError\n")
    namespace: dict[str, object] = {}
    exec(compile(path.read_text(), str(path), "exec"), namespace)  # noqa: S102  # the text above
    with pytest.raises(KeyError) as caught:
        namespace["fail"]()  # type: ignore[operator]
    assert line_in(caught.value, path) == 5
    assert line_in(caught.value, tmp_path / "other.py") is None


def test_a_failed_step_says_which_and_how() -> None:
    failed = StepFailed("look", "40001", "could not serialize")
    assert (failed.step, failed.error_class, str(failed)) == ("look", "40001", "look: 40001: could not serialize")
