"""A tuning as a terminal shows it: the verdict first, then the changes by what they give, then what is not advised.

Fits 80 columns. Two levels: what one needs to act, and with `details` everything that it rests on.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Final

from plimsoll.core.check import counted
from plimsoll.core.tuning.advice import Rejected, Tuning
from plimsoll.core.tuning.applied import Applied
from plimsoll.report.lines import heading, indented, line
from plimsoll.report.tuning.effects import queries_of
from plimsoll.report.tuning.terminal_changes import change_view, measured_view
from plimsoll.report.tuning.verdict import verdict_words
from plimsoll.report.tuning.words import (
    CHANGES_MAX,
    applied_words,
    best_standing,
    budget_words,
    copy_words,
    left_out_of,
    notes_of,
    origin_words,
    rejected_in_order,
    todo_words,
)
from plimsoll.report.words import sentence
from plimsoll.settings.masking import mask

if TYPE_CHECKING:
    from rich.console import RenderableType

STYLES: Final = {"proved": "bold green", "estimated": "bold", "explained": "bold", "": "bold"}
CHANGES_SHOWN: Final = 10
REJECTED_SHOWN: Final = 10
REJECTED_MAX: Final = 100
REASONS_SHOWN: Final = 5
NOTES_SHOWN: Final = 5
NOTES_MAX: Final = 50


def tuning_view(
    tuning: Tuning, *, details: bool = False, applied: Applied | None = None, to_do: bool = True
) -> "RenderableType":
    """For a Rich console; without a terminal that console makes it plain text. `to_do`: with the commands to go on."""
    from rich.console import Group

    parts: list[RenderableType] = [line(sentence(verdict_words(tuning)), STYLES[best_standing(tuning)])]
    parts.append(line(sentence(origin_words(tuning)), "dim"))
    parts += [line(applied_words(applied), "bold")] if applied is not None else []
    parts += [line(sentence(said), "dim") for said in _method(tuning) if details]
    parts += _worse(tuning)
    parts += _changes(tuning, details=details)
    parts += measured_view(tuning) if details else ()
    parts += _rejected(tuning.rejected, details=details)
    parts += _left_out(tuning, details=details)
    parts += _listed("What to know", notes_of(tuning), NOTES_SHOWN, details=details)
    parts += _todo(tuning, applied) if to_do else ()
    return Group(*parts)


def _method(tuning: Tuning) -> Iterable[str]:
    return filter(None, (copy_words(tuning), tuning.searched, budget_words(tuning)))


def _worse(tuning: Tuning) -> "Iterable[RenderableType]":
    """Said at once: what the whole makes slower, however little."""
    if tuning.together is None or not tuning.together.worse:
        return []
    return [line(f"{counted(len(tuning.together.worse), 'statement')} slower with all of it: --details", "yellow")]


def _changes(tuning: Tuning, *, details: bool) -> "Iterable[RenderableType]":
    if not tuning.advised:
        return
    most = CHANGES_MAX if details else CHANGES_SHOWN
    queries = queries_of(tuning)
    yield from heading("What to change, the most useful first")
    for number, one in enumerate(tuning.advised[:most], 1):
        yield from change_view(number, one, queries, details=details)
    yield from _more(len(tuning.advised) - most, "change", details=details)


def _rejected(rejected: Sequence[Rejected], *, details: bool) -> "Iterable[RenderableType]":
    if not rejected:
        return
    most = REJECTED_MAX if details else REJECTED_SHOWN
    yield from heading("Looked at and not advised")
    shown = rejected_in_order(rejected)[:most]
    for why, same in groupby(shown, key=lambda one: f"{'measured: ' if one.proof is not None else ''}{one.why}"):
        yield from (line(sentence(one.change.title)) for one in same)
        yield indented(sentence(mask(why)), "dim")
    yield from _more(len(rejected) - most, "candidate", details=details)


def _listed(title: str, said: Sequence[str], most: int, *, details: bool) -> "Iterable[RenderableType]":
    if not said:
        return
    shown = NOTES_MAX if details else most
    yield from heading(title)
    yield from (line(sentence(one)) for one in said[:shown])
    yield from _more(len(said) - shown, "line", details=details)


def _left_out(tuning: Tuning, *, details: bool) -> "Iterable[RenderableType]":
    """Each reason, and with details its statements."""
    found = left_out_of(tuning)
    shown = NOTES_MAX if details else REASONS_SHOWN
    yield from heading("Left out of the workload") if found else ()
    for words, statements in found[:shown]:
        yield line(sentence(words))
        yield from (indented(one, "dim") for one in statements if details)
    yield from _more(len(found) - shown, "line", details=details)


def _todo(tuning: Tuning, applied: Applied | None) -> "Iterable[RenderableType]":
    steps = todo_words(tuning, applied)
    if not steps:
        return
    yield from heading("Next")
    for command, words in steps:
        yield indented(command, "cyan", by=5)
        yield indented(words, "dim", by=7)


def _more(rest: int, noun: str, *, details: bool) -> "Iterable[RenderableType]":
    if rest > 0:
        yield line(f"{counted(rest, f'more {noun}')}: {'--json' if details else '--details'}", "dim")
