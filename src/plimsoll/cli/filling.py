"""What a terminal shows while tables are filled: a bar for all rows, or plain lines where output is piped."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


class Silent:
    """Shows nothing: for --json."""

    def begin(self, tables: Sequence[tuple[str, int]]) -> None:
        pass

    def rows(self, table: str, done: int) -> None:
        pass

    def phase(self, text: str) -> None:
        pass

    def close(self) -> None:
        pass


class Progress:
    """A bar on a terminal; elsewhere a line for each phase. To stderr, so that stdout stays clean."""

    def __init__(self, console: "Console") -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        self._console = console
        self._done: dict[str, int] = {}
        self._bar = Bar(
            TextColumn("{task.description:<40.40}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
            console=console, transient=True, refresh_per_second=4, disable=not console.is_terminal,
        )  # fmt: skip
        self._task = self._bar.add_task("filling", total=None)

    def begin(self, tables: Sequence[tuple[str, int]]) -> None:
        self._bar.update(self._task, total=sum(rows for _, rows in tables))
        self._bar.start()
        if not self._console.is_terminal:
            self._console.print(f"filling {len(tables)} tables with {sum(rows for _, rows in tables):,} rows")

    def rows(self, table: str, done: int) -> None:
        self._done[table] = done
        self._bar.update(self._task, completed=sum(self._done.values()), description=table)

    def phase(self, text: str) -> None:
        self._bar.update(self._task, description=text)
        if not self._console.is_terminal:
            self._console.print(text, markup=False, highlight=False)

    def close(self) -> None:
        self._bar.stop()
