"""Checks for a terminal: one line each, a remedy under whatever is not well, and a sentence at the end."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Final

from plimsoll.core.check import CheckResult, Status, counted, skipped

if TYPE_CHECKING:
    from rich.console import RenderableType

STYLES: Final[dict[Status, str]] = {"ok": "green", "warning": "yellow", "failed": "bold red", "skipped": "dim"}


def check_lines(results: Sequence[CheckResult]) -> Iterator[str]:
    """For a pipe: nothing is wrapped or cut."""
    status_width = max(len(status) for status in STYLES)
    name_width = max((len(result.name) for result in _folded(results)), default=0)
    for result in _folded(results):
        yield f"{result.status:{status_width}}  {result.name:{name_width}}  {result.detail}"
        if result.remedy:
            yield f"{'':{status_width}}  {'':{name_width}}  try: {result.remedy}"
    yield outcome(results)


def checks_view(results: Sequence[CheckResult]) -> "RenderableType":
    """For a Rich console on a terminal: long details stay in their column."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(3):
        table.add_column(overflow="fold")
    for result in _folded(results):
        dim = "dim" if result.status == "skipped" else ""
        table.add_row(Text(result.status, STYLES[result.status]), Text(result.name), Text(result.detail, dim))
        if result.remedy:
            table.add_row("", "", Text(f"try: {result.remedy}", "bold" if result.status == "failed" else ""))
    return Group(table, Text(outcome(results), "bold"))


def _folded(results: Sequence[CheckResult]) -> Iterator[CheckResult]:
    """Neighbours that were skipped for one reason, as one."""
    for reason, group in groupby(results, lambda result: result.detail if result.status == "skipped" else None):
        members = list(group)
        if reason is None or len(members) == 1:
            yield from members
        else:
            yield skipped(f"{len(members)} checks", f"{reason}: {', '.join(one.name for one in members)}")


def outcome(results: Sequence[CheckResult]) -> str:
    """What somebody must know who reads one line only."""
    failed, warnings = (sum(result.status == status for result in results) for status in ("failed", "warning"))
    noted = f", {counted(warnings, 'warning')}" if warnings else ""
    if failed:
        return f"A run would be refused: {counted(failed, 'check')} failed{noted}."
    return f"A run can start: nothing failed{noted}."
