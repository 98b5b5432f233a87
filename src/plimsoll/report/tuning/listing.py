"""Tunings in a list: when each was made, of what, and its verdict."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from plimsoll.core.tuning.listed import Listed
from plimsoll.report.lines import cells, table
from plimsoll.report.tuning.verdict import title_of, verdict_words
from plimsoll.report.words import sentence

if TYPE_CHECKING:
    from rich.console import RenderableType

Row = dict[str, Any]


def listing_rows(found: Sequence[Listed]) -> list[Row]:
    return [row_of(one) for one in found]


def row_of(one: Listed) -> Row:
    """For JSON, without what only one that is looked at shows; of one that cannot be read `problem` says why."""
    tuning = one.tuning
    if tuning is None:
        return {"id": one.id, "problem": one.problem}
    return {
        "id": one.id,
        "database": tuning.database,
        "made_at": tuning.made_at.isoformat(),
        "applied_at": None if one.applied_at is None else one.applied_at.isoformat(),
        "advised": len(tuning.advised),
        "rejected": len(tuning.rejected),
        "title": title_of(tuning),
        "verdict": sentence(verdict_words(tuning)),
        "interrupted": tuning.interrupted,
        "problem": "",
    }


def listing_view(found: Sequence[Listed]) -> "RenderableType":
    grid = table(["tuning", "database", ">changes", "verdict"], gives_way=(3,))
    for one in found:
        grid.add_row(*cells(*_cells(one)))
    return grid


def _cells(one: Listed) -> tuple[str, str, str, str]:
    if one.tuning is None:
        return one.id, "–", "–", f"unreadable: {sentence(one.problem)}"
    applied = "applied; " if one.applied_at is not None else ""
    verdict = sentence(verdict_words(one.tuning))
    return one.id, one.tuning.database, str(len(one.tuning.advised)), f"{applied}{verdict}"
