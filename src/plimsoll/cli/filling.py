"""What a terminal shows while tables are filled: a bar for all rows, or plain lines where output is piped."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from plimsoll.core.check import counted
from plimsoll.core.units import format_duration

if TYPE_CHECKING:
    from rich.console import Console, JustifyMethod
    from rich.progress import Progress as Bar

LINE_EVERY_S: Final = 5.0
NAME_WIDTH: Final = 26  # columns; with a bar of 15, share, rows and time, a terminal of 80 is full
REFRESH_PER_S: Final = 4


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


@dataclass(slots=True)
class Position:
    """How far a fill has come. `doing` is the table being filled, or what is done else."""

    doing: str = ""
    total: int = 0
    by_table: dict[str, int] = field(default_factory=dict)

    @property
    def done(self) -> int:
        return min(self.total, sum(self.by_table.values()))

    @property
    def share(self) -> float:
        return self.done / self.total if self.total else 1.0

    def line(self, elapsed_s: float) -> str:
        """ "42 %: posts, 1,240,000 of 3,100,000 rows, 11 s left"."""
        said = [f"{percent(self.share)}: {self.doing}", f"{self.done:,} of {self.total:,} rows"]
        return ", ".join(filter(None, [*said, left(elapsed_s, self.share)]))


def percent(share: float) -> str:
    """Whole, and 100 only when all is done."""
    return f"{int(share * 100)} %"


def left(elapsed_s: float, share: float) -> str:
    """How much longer it will take at the pace so far; nothing where nobody can tell."""
    if not 0 < share < 1 or elapsed_s < 1:
        return ""
    return f"{format_duration(max(1.0, round(elapsed_s * (1 - share) / share)))} left"


def short(name: str, width: int = NAME_WIDTH) -> str:
    """A table's name cut to so many characters, its schema first: what tells tables apart stands at the end."""
    if len(name) <= width:
        return name
    return f"…{name[1 - width :]}"


class Progress:
    """A bar on a terminal; elsewhere a line for each phase and every few seconds. To stderr: stdout stays clean."""

    def __init__(self, console: "Console") -> None:
        self._console = console
        self._at = Position()
        self._began = self._said = time.monotonic()
        self._bar = _bar(console) if console.is_terminal and not console.is_dumb_terminal else None

    def begin(self, tables: Sequence[tuple[str, int]]) -> None:
        self._at = Position(total=sum(rows for _, rows in tables))
        self._began = self._said = time.monotonic()
        if self._bar is None:
            self._say(f"filling {counted(len(tables), 'table')} with {self._at.total:,} rows")
            return
        self._bar.add_task("", total=max(1, self._at.total), said=self._words())
        self._bar.start()

    def rows(self, table: str, done: int) -> None:
        self._at.doing = table
        self._at.by_table[table] = done
        self._show()

    def phase(self, text: str) -> None:
        self._at.doing = text
        if self._bar is None:
            self._say(text)
        self._show()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop()

    def _show(self) -> None:
        now = time.monotonic()
        if self._bar is not None:
            for task in self._bar.task_ids:
                self._bar.update(task, completed=self._at.done, said=self._words())
        elif now - self._said >= LINE_EVERY_S:
            self._said = now
            self._say(self._at.line(now - self._began))

    def _words(self) -> dict[str, str]:
        at, elapsed_s = self._at, time.monotonic() - self._began
        return {
            "doing": short(at.doing),
            "share": percent(at.share),
            "done": f"{at.done:,} rows",
            "left": left(elapsed_s, at.share),
        }

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, emoji=False, soft_wrap=True)


def _bar(console: "Console") -> "Bar":
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar
    from rich.table import Column

    def text(name: str, width: int, justify: "JustifyMethod" = "right") -> TextColumn:
        kept = Column(no_wrap=True, min_width=width, overflow="ellipsis", justify=justify)
        return TextColumn(f"{{task.fields[said][{name}]}}", markup=False, table_column=kept)

    shown = (text("doing", NAME_WIDTH, "left"), BarColumn(None), text("share", 5), text("done", 14), text("left", 16))
    return Bar(*shown, console=console, transient=True, expand=True, refresh_per_second=REFRESH_PER_S)
