"""Annotations for GitHub Actions: workflow commands, one a line, that say what failed beside the change.

Escaping as in the Actions toolkit (packages/core, src/command.ts).
"""

from collections.abc import Iterator
from typing import Final, Literal

from plimsoll.core.summary import Summary
from plimsoll.report.words import TEXT_CHARACTERS_MAX, ending_words, goal_words, plain

WARNINGS_MAX: Final = 10  # GitHub shows so many of a kind for a step and drops the others


def annotations(summary: Summary) -> list[str]:
    """An error for each reason of invalidity and each goal missed, a warning for each warning; none for a good run."""
    return list(_annotations(summary))


def _annotations(summary: Summary) -> Iterator[str]:
    run = plain(summary.scenario)
    if not summary.valid:
        for reason in summary.invalid_because or ("the reason is not recorded",):
            yield _command("error", f"Plimsoll: {run}: invalid run", reason)
    ending = ending_words(summary.stopped_by)
    if ending:
        yield _command("error", f"Plimsoll: {run}: cut short", ending)
    for goal in summary.goals:
        if not goal.passed:
            yield _command("error", f"Plimsoll: {run}: goal missed", goal_words(goal).sentence)
    for warning in summary.warnings[:WARNINGS_MAX]:
        yield _command("warning", f"Plimsoll: {run}", warning)


def _command(level: Literal["error", "warning"], title: str, message: str) -> str:
    return f"::{level} title={_property(title)}::{_data(plain(message, TEXT_CHARACTERS_MAX))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
