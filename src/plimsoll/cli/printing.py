"""Printing what `plimsoll.report` makes: as it is on a terminal, unwrapped and without trailing blanks elsewhere."""

import sys
import textwrap
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.console import RenderableType

WIDE: Final = 1000  # columns; who reads a pipe breaks lines as they like, and a pattern finds what it looks for


PIPED: Final = 120  # columns of prose to read
TO_COPY: Final = " " * 5  # before SQL and commands, which are never broken


def tells_progress(*, as_json: bool) -> bool:
    """Whether stderr is told how it goes: who wants JSON has no use for it, but at a terminal somebody waits."""
    return not as_json or sys.stderr.isatty()


def print_view(view: "RenderableType", *, piped: int | None = None) -> None:
    """To stdout. `piped`: columns that prose takes elsewhere than on a terminal."""
    from rich.console import Console

    console = Console(highlight=False)
    if console.is_terminal:
        console.print(view)
        return
    wide = Console(highlight=False, width=WIDE)
    with wide.capture() as captured:
        wide.print(view)
    for line in captured.get().splitlines():
        print("\n".join(broken(line.rstrip(), piped) if piped else [line.rstrip()]))


def broken(line: str, columns: int) -> list[str]:
    """A line in as many as it needs, each indented as it is; what is there to copy in one."""
    if len(line) <= columns or line.startswith(TO_COPY):
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    return textwrap.wrap(
        line, columns, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )  # fmt: skip
