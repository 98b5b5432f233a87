"""`plimsoll scale status` and `history`: what an application that is served is doing, and why."""

import asyncio
import json
import sys
import time
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from rich.console import RenderableType

    from plimsoll.core.scaling import DecisionRecord, Happening, ScalingHistory, ScalingStatus
    from plimsoll.scale.serving.control.client import ControlClient

Name = Annotated[str | None, typer.Argument(metavar="[NAME]", help="Of what is served; may be left out where one is.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
EVERY_S: Final = 2.0  # the policy looks no more often by default
MORE: Final = 500  # entries of a history at once


def add_to(group: typer.Typer) -> None:
    group.command("status")(status)
    group.command("history")(history)


def status(
    name: Name = None,
    watch: Annotated[bool, typer.Option("--watch", help="Again every 2 s, until Ctrl-C.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a look and nothing else.")] = False,
) -> None:
    """Say what an application that is served is doing: workers, load, limits, and the last decision with its reason.

    It is asked over the control socket in .plimsoll/serve/NAME, of the directory in which `plimsoll serve` was started;
    only its user may.

    Exit codes: 0; 2 wrong usage; 3 nobody serves it, or does not answer.

    Example: plimsoll scale status
    """
    from plimsoll.workflows.scaling import find

    async def go() -> None:
        client = await find(name)
        if watch:
            await _keep_showing(client, as_json=as_json)
        else:
            _show(await client.status(), as_json=as_json)

    _until_interrupted(go, watch=watch)


def history(
    name: Name = None,
    since: Annotated[str | None, typer.Option(help="Not before so long ago, as 1h or 30m.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MORE, help="The newest so many.")] = 50,
    watch: Annotated[bool, typer.Option("--watch", help="Then also what comes, until Ctrl-C.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a look and nothing else.")] = False,
) -> None:
    """Tell what was decided, by which rule and from what, what would have changed it, and what happened to workers.

    Kept are decisions that changed the number of workers, and what kept one from being changed, once. The last 1,000
    entries can be asked for, also over a restart.

    Exit codes: 0; 2 wrong usage; 3 nobody serves it, or does not answer.

    Example: plimsoll scale history --since 1h
    """
    from plimsoll.core.units import parse_duration
    from plimsoll.workflows.scaling import find

    begins = 0.0 if since is None else time.time() - parse_duration(since, what="--since")

    async def go() -> None:
        client = await find(name)
        seen = _tell(await client.history(begins, limit), begins, as_json=as_json)
        while watch:
            await asyncio.sleep(EVERY_S)
            seen = _tell(await client.history(seen, MORE), seen, as_json=as_json, more=True)

    _until_interrupted(go, watch=watch)


def _until_interrupted(go: "Callable[[], Coroutine[Any, Any, None]]", *, watch: bool) -> None:
    """Who watches ends it by Ctrl-C: that is no failure."""
    try:
        asyncio.run(go())
    except KeyboardInterrupt:
        if not watch:
            raise


async def _keep_showing(client: "ControlClient", *, as_json: bool) -> None:
    if as_json or not sys.stdout.isatty():
        while True:
            _show(await client.status(), as_json=as_json)
            sys.stdout.flush()
            await asyncio.sleep(EVERY_S)
    from rich.console import Console
    from rich.live import Live

    with Live(console=Console(highlight=False), auto_refresh=False) as live:
        while True:
            live.update(_view(await client.status()), refresh=True)
            await asyncio.sleep(EVERY_S)


def _show(found: "ScalingStatus", *, as_json: bool) -> None:
    from plimsoll.cli.printing import print_view

    if as_json:
        print(json.dumps(found.to_json()))
    else:
        print_view(_view(found))


def _view(found: "ScalingStatus") -> "RenderableType":
    from rich.console import Group
    from rich.text import Text

    from plimsoll.report.scaling import status_lines, workers_lines, workers_table

    below = [Text(line) for line in workers_lines(found)]
    return Group(*(Text(line) for line in status_lines(found)), Text(""), workers_table(found), *below)


def _tell(found: "ScalingHistory", seen: float, *, as_json: bool, more: bool = False) -> float:
    """Returns the time of the newest entry."""
    from plimsoll.report.scaling import history_lines

    entries: Sequence[DecisionRecord | Happening] = (*found.decisions, *found.happenings)
    if as_json and (entries or not more):
        print(json.dumps(found.to_json()), flush=True)
    elif not as_json:
        for line in history_lines(found):
            print(line)
        if found.left_out:
            print(f"left out: {found.left_out:,} older ones; --limit {MORE} shows more", file=sys.stderr)
        if not entries and not more:
            print("nothing was decided or happened", file=sys.stderr)
        sys.stdout.flush()
    return max((one.at for one in entries), default=seen)
