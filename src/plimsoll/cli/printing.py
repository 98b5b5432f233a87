"""Printing what `plimsoll.report` makes: as it is on a terminal, unwrapped and without trailing blanks elsewhere."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.console import RenderableType

WIDE: Final = 1000  # columns; who reads a pipe breaks lines as they like, and a pattern finds what it looks for


def print_view(view: "RenderableType") -> None:
    """To stdout."""
    from rich.console import Console

    console = Console(highlight=False)
    if console.is_terminal:
        console.print(view)
        return
    wide = Console(highlight=False, width=WIDE)
    with wide.capture() as captured:
        wide.print(view)
    for line in captured.get().splitlines():
        print(line.rstrip())
