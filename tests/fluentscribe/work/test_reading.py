"""Rows of the database as the checks want them."""

import pytest

from fluentscribe.checks.settings import Forbidden, Settings, Term
from fluentscribe.formats.values import Tag, Text, Unit
from fluentscribe.scoring.profile import read_profile
from fluentscribe.work.analysis import Progress, Stopped, units
from fluentscribe.work.reading import BATCH, settings_of, unit_of

ROW = {
    "seq": 3,
    "unit_id": "u3",
    "source": "Press it",
    "target": "Drücken",
    "source_tags": [[6, "open", "g", "1", "<g id='1'>"], [8, "close", "g", "1", "</g>"]],
    "target_tags": None,
    "state": "reviewed",
    "note": None,
    "length_max": 20,
    "locked": True,
}


def test_a_segment_is_the_unit_that_was_read_from_the_file() -> None:
    tags = (Tag(6, "open", "g", "1", "<g id='1'>"), Tag(8, "close", "g", "1", "</g>"))
    assert unit_of(ROW) == Unit(
        3, "u3", Text("Press it", tags), Text("Drücken"), "reviewed", length_max=20, locked=True
    )


def term(source: str | None, target: str, *, forbidden: bool = False, exact: bool = False) -> dict[str, object]:
    return {"source_term": source, "target_term": target, "forbidden": forbidden, "case_sensitive": exact}


def test_translations_of_a_term_belong_together_a_forbidden_word_knows_them_and_checks_are_as_the_profile_says() -> (
    None
):
    rows = [
        term("file", "Datei"),
        term("file", "Akte"),
        term("file", "File", forbidden=True),
        term(None, "geil", forbidden=True, exact=True),
    ]
    profile = read_profile({"checks": {"space": "off", "number": "minor"}})
    assert settings_of(rows, profile) == Settings(
        terms=(Term("file", ("Datei", "Akte")),),
        forbidden=(Forbidden("File", "Datei"), Forbidden("geil", "", True)),
        off=frozenset({"space"}),
        severities={"number": "minor"},
    )


def test_units_are_read_batch_by_batch_and_no_further_than_they_are_wanted() -> None:
    unit = unit_of(ROW)
    asked: list[int] = []

    def batch(after: int) -> list[Unit]:
        asked.append(after)
        return [unit] * (BATCH if after == 0 else 1)

    progress = Progress()
    assert list(units(batch, progress)) == [unit] * (BATCH + 1)
    assert (asked, progress.segments_done) == ([0, 3], BATCH + 1)  # one that is not full is the last

    told = Progress()
    half_way = units(batch, told)
    next(half_way)
    told.stopped = True
    with pytest.raises(Stopped):
        next(half_way)
