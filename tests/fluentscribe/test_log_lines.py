"""Log lines for machines."""

import json
import logging
import sys

from fluentscribe.logs import JsonLines


def line(**extra: object) -> dict[str, object]:
    try:
        raise ValueError("two\nlines")
    except ValueError:
        raised = sys.exc_info()
    record = logging.getLogger("of.tests").makeRecord(
        "of.tests", logging.WARNING, "a.py", 1, "%s went wrong", ("it",), raised, extra=extra
    )
    written = JsonLines().format(record)
    assert "\n" not in written
    found = json.loads(written)
    assert isinstance(found, dict)
    return found


def test_a_line_is_one_object_with_what_was_given_beside_the_message() -> None:
    told = line(request_id="a1", path=object, status=503)
    assert str(told.pop("at")).endswith("+00:00")
    assert str(told.pop("exception")).endswith("ValueError: two\nlines")
    assert told == {
        "level": "warning",
        "logger": "of.tests",
        "message": "it went wrong",
        "request_id": "a1",
        "path": "<class 'object'>",
        "status": 503,
    }
