"""Where a run that has ended stands, in a few words, as its summary tells."""

from collections.abc import Mapping
from typing import Any, Final

CUT_SHORT: Final = ("interrupted", "killed", "aborted", "running")


def standing_of(summary: Mapping[str, Any]) -> str:
    """ "goals met", "1 of 3 goals missed", "invalid", "interrupted", "ended early" or, without goals, "completed"."""
    if not summary["valid"]:
        return "invalid"
    word = str(summary["stopped_by"]).partition(":")[0]
    if word not in ("", "completed"):
        return word if word in CUT_SHORT else "ended early"
    missed = sum(not goal["passed"] for goal in summary["goals"])
    if missed:
        return f"{missed} of {len(summary['goals'])} goals missed"
    return "goals met" if summary["goals"] else "completed"
