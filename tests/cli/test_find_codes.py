"""How a search's exit code follows from what it found."""

from dataclasses import replace

import pytest

from plimsoll.cli.exits import INTERRUPTED, INVALID, MISSED, OK, USAGE
from plimsoll.cli.find import code_of_search
from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.core.load_line import Limit, Verdict
from plimsoll.workflows.find import FindResult
from tests.report.load_line.made_line import FOUND


@pytest.mark.parametrize(
    ("verdict", "limit", "code"),
    [
        ("found", "goal", OK),
        ("found", "steps", OK),
        ("at-least", "ceiling", OK),
        ("at-least", "generator", INVALID),
        ("at-least", "users", INVALID),
        ("nothing-held", "goal", MISSED),
        ("unknown", "generator", INVALID),
    ],
)
def test_each_outcome_has_its_code(verdict: Verdict, limit: Limit, code: int) -> None:
    assert code_of_search(FindResult(replace(FOUND, verdict=verdict, limit=limit), False)) == code


def test_an_interruption_and_an_error_go_before() -> None:
    assert code_of_search(FindResult(FOUND, True)) == INTERRUPTED
    assert code_of_search(FindResult(replace(FOUND, limit="error"), False, UsageError("no room"))) == USAGE
    gone = replace(FOUND, verdict="at-least", limit="target")
    assert code_of_search(FindResult(gone, False, RefusedError("cannot connect"))) == INVALID
