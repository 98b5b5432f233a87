"""How watching fared, in words: a warning for what was not seen, none for a moment's gap, each reason once."""

from plimsoll.workflows.run_watch_words import Fared, distinct_notes, kept_words, warnings_of

WELL = Fared("host", 60, 0, "")
GRANT = "what others do is hidden. As a superuser: GRANT pg_monitor TO app"


def test_who_saw_all_or_missed_a_moment_needs_no_word() -> None:
    assert warnings_of([WELL, Fared("sessions", 60, 4, "no answer within 2 s")]) == []
    assert warnings_of([Fared("statements", 1, 0, ""), Fared("sizes", 0, 0, "")]) == []


def test_who_saw_nothing_is_told_with_the_others_of_the_same_reason() -> None:
    why = "connection refused"
    found = warnings_of(
        [WELL, Fared("sessions", 9, 9, why), Fared("waits", 9, 9, why), Fared("sizes", 1, 1, "too slow")]
    )
    assert found == ["not watched: sessions, waits: connection refused", "not watched: sizes: too slow"]


def test_who_missed_a_good_part_was_there_in_part() -> None:
    assert warnings_of([Fared("sessions", 60, 20, "no answer within 2 s")]) == [
        "only in part watched: sessions: no answer within 2 s"
    ]


def test_what_is_noted_and_what_is_lacking_is_a_warning_once_and_what_the_target_is_by_nature_only_kept() -> None:
    fared = [Fared("sessions", 9, 0, "", (GRANT,)), Fared("waits", 9, 0, "", (GRANT, "pressure: not told here"))]
    assert warnings_of(fared, ["the database: crowded"]) == [
        "not watched: the database: crowded",
        f"not watched: {GRANT}",
        "not watched: pressure: not told here",
    ]
    assert distinct_notes(fared) == [GRANT, "pressure: not told here"]
    assert kept_words(fared, ["the database: crowded"], ["only a URL was loaded"])["not_watched"] == [
        "only a URL was loaded",
        "the database: crowded",
        GRANT,
        "pressure: not told here",
    ]
