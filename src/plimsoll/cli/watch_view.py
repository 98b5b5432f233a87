"""What a terminal shows of a watch: whether it is healthy, its numbers, what fires and what runs; at most 22 lines."""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from plimsoll.core.units import UNKNOWN, format_ms, format_rate, format_share
from plimsoll.core.visible import visible
from plimsoll.server.reading.health import health
from plimsoll.server.reading.numbers import Number, numbers
from plimsoll.server.reading.say import ago, clock, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console, RenderableType
    from rich.text import Text

    from plimsoll.server.reading.reading import AlertLine, Reading, RunLine
    from plimsoll.server.reading.source import Source

EVERY_S: Final = 2.0  # the machine is not looked at more often by default
ALERTS_MAX: Final = 4
RUNS_MAX: Final = 2
COLUMNS: Final = 2  # of numbers
_STYLES: Final = {"good": "green", "warning": "yellow", "bad": "bold red", "unknown": "dim", "doubt": "yellow", "": ""}


async def keep_showing(console: "Console", source: "Source", address: str) -> None:
    """Until it is cancelled; then the last state stays on the terminal."""
    from rich.live import Live

    with Live(console=console, auto_refresh=False) as live, suppress(asyncio.CancelledError):
        while True:
            await source.look_at_runs(at_all=False)
            live.update(view(source.read(), address), refresh=True)
            await asyncio.sleep(EVERY_S)


def view(reading: "Reading", address: str) -> "RenderableType":
    from rich.console import Group
    from rich.text import Text

    title = Text(visible(f"{reading.target} · {address}"), style="bold")
    seen = f"last data {ago(reading.seen_s(), reading.now_s)}"
    lines = [title, *_health(reading), Text(seen, style="dim"), Text("")]
    lines += _numbers(numbers(reading))
    lines += [Text(""), *_alerts(reading)]
    lines += [_run(run) for run in [run for run in reading.runs if run.standing == "live"][-RUNS_MAX:]]
    for line in lines:
        line.no_wrap, line.overflow = True, "ellipsis"
    return Group(*lines)


def _health(reading: "Reading") -> "list[Text]":
    from rich.text import Text

    found = health(reading)
    since = f" since {clock(found.since_s)}" if found.since_s is not None else ""
    said = Text.assemble((found.word, _STYLES[found.standing]), visible(f"{since}: {found.sentence}"))
    return [said, Text(visible(f"try: {found.remedy}"))] if found.remedy else [said]


def _numbers(shown: "Sequence[Number]") -> "list[Text]":
    cells = [_number(one) for one in shown]
    return [_joined(cells[at : at + COLUMNS]) for at in range(0, len(cells), COLUMNS)]


def _number(one: Number) -> "Text":
    from rich.text import Text

    value = f"{one.said} {one.word}".strip()
    cell = Text.assemble(f"{one.title:<20}", (f"{value:>16}", _STYLES[one.standing]))
    cell.truncate(36, pad=True)
    return cell


def _joined(cells: "list[Text]") -> "Text":
    from rich.text import Text

    return Text("    ").join(cells)


def _alerts(reading: "Reading") -> "list[Text]":
    from rich.text import Text

    firing = [alert for alert in reading.alerts if alert.state == "firing" and not alert.silenced]
    if not firing:
        return [Text("no alert fires", style="dim")]
    more = len(firing) - ALERTS_MAX
    rest = [Text(f"and {plural(more, 'more alert')}", style="dim")] if more > 0 else []
    return [*(_alert(alert) for alert in firing[:ALERTS_MAX]), *rest]


def _alert(alert: "AlertLine") -> "Text":
    from rich.text import Text

    style = _STYLES["bad" if alert.severity == "critical" else "warning"]
    return Text.assemble((f"{alert.severity:<9}", style), visible(f"{alert.sentence}, since {clock(alert.since_s)}"))


def _run(run: "RunLine") -> "Text":
    from rich.text import Text

    users = UNKNOWN if run.users is None else plural(run.users, "user")
    errors = f"errors {format_share(run.error_rate)}"
    figures = f"{users}  {format_rate(run.rate_per_s)}  p95 {format_ms(run.p95_ms)}  {errors}"
    return Text.assemble(("run ", "blue"), visible(f"{run.scenario} {run.state}: {figures}"))
