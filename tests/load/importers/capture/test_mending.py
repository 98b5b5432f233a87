"""What the server refuses to prepare because constants have become parameters."""

from plimsoll.load.importers.capture.mending import AMBIGUOUS, mended


def test_what_is_added_to_a_date_is_a_number_and_to_a_time_an_interval() -> None:
    for type_name, added in (("date", "integer"), ("timestamp with time zone", "interval")):
        query = "SELECT 1 FROM t WHERE at >= $1 AND at < $1 + $2"
        place = query.index("+") + 1
        message = f"operator is not unique: {type_name} + unknown"
        assert mended(query, AMBIGUOUS, place, message) == f"{query}::{added}"
    assert mended(query, AMBIGUOUS, place, "operator is not unique: point + unknown") is None
