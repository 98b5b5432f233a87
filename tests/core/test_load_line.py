"""The load line as a value."""

import dataclasses
import json
import re
from pathlib import Path
from typing import get_args

import pytest

from plimsoll.core import load_line
from plimsoll.core.load_line import is_served
from plimsoll.core.summary import GoalSummary
from tests.analyze.load_line.making import held, overloaded
from tests.report.load_line.made_line import FOUND

DOCUMENT = Path(__file__).parents[2] / "docs" / "reference" / "find.md"
CLASSES = (
    load_line.LoadLine, load_line.LineStep, load_line.Broken, load_line.Probe, load_line.UslFit, load_line.Diagnosis,
    GoalSummary,
)  # fmt: skip


def test_every_key_and_every_word_is_documented() -> None:
    named = set(re.findall(r"`([\w -]+)`", DOCUMENT.read_text(encoding="utf-8")))
    keys = {field.name for one in CLASSES for field in dataclasses.fields(one)}
    words = {word for one in (load_line.Outcome, load_line.Verdict, load_line.Limit) for word in get_args(one)}
    assert (keys | words) - named == set()


def test_what_is_written_is_read_again() -> None:
    written = json.dumps(FOUND.to_json())
    again = type(FOUND).from_json(json.loads(written))
    assert json.dumps(again.to_json()) == written
    assert again.diagnosis is not None
    assert again.diagnosis.findings[0].id == "missing-index:public.orders"


def test_anything_else_is_refused() -> None:
    with pytest.raises(KeyError):
        type(FOUND).from_json({"verdict": "found"})


def test_the_best_step_is_the_last_that_held_at_the_load_line() -> None:
    assert FOUND.best is not None
    assert FOUND.best.run_id == "20260214-101700-000002"


def test_a_step_that_left_much_undone_did_not_serve() -> None:
    assert held(100).served
    assert (overloaded(200, 100).reached, overloaded(200, 100).served) == (0.5, False)


def test_of_fifteen_journeys_one_that_is_late_is_chance_and_of_a_thousand_fifty_are_not() -> None:
    assert is_served(1 / 15, 15)
    assert not is_served(5 / 15, 15)
    assert not is_served(0.05, 1_000)
