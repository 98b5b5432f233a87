"""`plimsoll scale set`, `pause`, `resume`, `reload`, `balance`, `config`, `reset-metrics`: telling who serves."""

import asyncio
import json
import re
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from plimsoll.cli.scale_status import Json, Name

if TYPE_CHECKING:
    from plimsoll.core.scaling import ReloadStatus, ScalingConfig, ScalingStatus
    from plimsoll.scale.serving.control.client import ControlClient

_RANGE: Final = re.compile(r"([0-9]{1,5})(?:\.\.([0-9]{1,5}))?", re.ASCII)
_WEIGHT: Final = re.compile(r"(w[1-9][0-9]{0,3})=([0-9]{1,4})", re.ASCII)


def add_to(group: typer.Typer) -> None:
    for name, command in (
        ("set", set_workers), ("pause", pause), ("resume", resume), ("reload", reload), ("balance", balance),
        ("config", config), ("reset-metrics", reset_metrics),
    ):  # fmt: skip
        group.command(name)(command)


def set_workers(
    workers: Annotated[str, typer.Argument(metavar="WORKERS", help='4, 2..8, or "as-started".')],
    name: Name = None,
    as_json: Json = False,
) -> None:
    """Set how many workers there are, or between how many the policy may choose, until told otherwise.

    What lies outside is changed at once, also while it is paused. A supervisor that takes over has it, too; an end in
    order forgets it.

    Exit codes: 0; 2 wrong usage, nothing was changed; 3 nobody serves it, or does not answer.

    Example: plimsoll scale set 2..8
    """
    told = _workers(workers)
    _say(_ask(name, lambda client: client.scale(**told)), as_json=as_json)


def pause(name: Name = None, as_json: Json = False) -> None:
    """Have the policy decide on and do nothing: workers stay as many as they are, those that die are replaced.

    What it would do is said, and in `plimsoll scale history`.

    Exit codes: 0; 2 wrong usage; 3 nobody serves it, or does not answer.

    Example: plimsoll scale pause
    """
    _say(_ask(name, lambda client: client.pause()), as_json=as_json)


def resume(name: Name = None, as_json: Json = False) -> None:
    """Have the policy act again.

    Exit codes: 0; 2 wrong usage; 3 nobody serves it, or does not answer.

    Example: plimsoll scale resume
    """
    _say(_ask(name, lambda client: client.pause(False)), as_json=as_json)


def reload(
    name: Name = None,
    wait: Annotated[bool, typer.Option("--wait", help="Return when all are replaced, or it was given up.")] = False,
    timeout: Annotated[str | None, typer.Option(help="--wait: for so long at most. Default: 10m.")] = None,
    as_json: Json = False,
) -> None:
    """Replace every worker, one after another, by one of the code that is there now; no request is lost.

    The application is imported once before: if that fails it is said why, and nothing is replaced. It returns when that
    has begun, and with --wait when it is through; `plimsoll scale status` shows how far it is.

    Exit codes: 0; 2 the application cannot be imported; 3 nobody serves it, or does not answer. With --wait also 4:
    given up, since new workers die at their start, and the old ones stay; 5: not through in time, and it goes on.

    Example: plimsoll scale reload --wait --timeout 5m
    """
    from plimsoll.cli.exits import INVALID, MISSED
    from plimsoll.core.errors import UsageError
    from plimsoll.core.units import parse_duration

    if not wait:
        if timeout is not None:
            raise UsageError("--timeout needs --wait", remedy="plimsoll scale reload --wait --timeout 5m")
        _say(_ask(name, lambda client: client.reload()), as_json=as_json)
        return
    within_s = parse_duration(timeout or "10m", what="--timeout")
    found, through = _ask(name, lambda client: _reloaded(client, within_s, as_json=as_json))
    _say(found, as_json=as_json)
    if not through:
        raise typer.Exit(INVALID)
    if found.reload is not None and found.reload.state == "given up":
        raise typer.Exit(MISSED)


async def _reloaded(client: "ControlClient", within_s: float, *, as_json: bool) -> "tuple[ScalingStatus, bool]":
    """With a line whenever it is further."""
    from plimsoll.report.scaling import reload_line
    from plimsoll.workflows.scaling import reloaded

    def hear(told: "ReloadStatus") -> None:
        if not as_json:
            print(reload_line(told), file=sys.stderr, flush=True)

    found, through = await reloaded(client, within_s, hear)
    if not through:
        print(f"not through within {within_s:g} s, and it goes on: plimsoll scale status", file=sys.stderr)
    elif found.reload is not None and not as_json:
        print(reload_line(found.reload), file=sys.stderr)
    return found, through


def balance(
    algorithm: Annotated[str, typer.Argument(help="How requests are spread: see the guide to balancing.")],
    name: Name = None,
    weight: Annotated[
        list[str] | None, typer.Option(help="weighted-round-robin: w1=50, 1 to 256. Repeatable; who has none has 100.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Spread requests by another algorithm from the next one on, and drop none.

    Exit codes: 0; 2 wrong usage, nothing was changed; 3 nobody serves it, or HAProxy does not answer.

    Example: plimsoll scale balance weighted-round-robin --weight w1=50
    """
    weights = dict(_weight(one) for one in weight or ())
    _say(_ask(name, lambda client: client.balance(algorithm, weights)), as_json=as_json)


def config(
    name: Name = None,
    setting: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="As utilization=50%. Repeatable.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what can be changed while it serves, and change it: all that is named, or nothing.

    Limits, the database's connections, and what the policy has: capacity_per_s (or "learned"), start_s, utilization,
    seasonal (on, off), cooldowns, targets. A supervisor that takes over has it, too; an end in order forgets it.

    Exit codes: 0; 2 wrong usage, nothing was changed; 3 nobody serves it, or does not answer.

    Example: plimsoll scale config --set utilization=50% --set workers_max=12
    """
    changes = dict(_setting(one) for one in setting or ())
    found: ScalingConfig = _ask(name, lambda client: client.config(changes))
    if as_json:
        print(json.dumps(found.to_json()))
        return
    from plimsoll.cli.printing import print_view
    from plimsoll.report.scaling import config_table

    print_view(config_table(found))


def reset_metrics(
    name: Name = None,
    learned: Annotated[
        bool, typer.Option("--learned", help="The policy forgets what it has learned of the load, too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Have counts of requests, failures and retries begin at 0: before a measurement, or after a load test.

    Exit codes: 0; 2 wrong usage; 3 nobody serves it, or does not answer.

    Example: plimsoll scale reset-metrics
    """
    _say(_ask(name, lambda client: client.reset_metrics(learned=learned)), as_json=as_json)


def _ask(name: str | None, order: "Callable[[ControlClient], Awaitable[Any]]") -> Any:
    from plimsoll.workflows.scaling import find

    async def go() -> Any:
        return await order(await find(name))

    return asyncio.run(go())


def _say(found: "ScalingStatus", *, as_json: bool) -> None:
    """What became of it: the first lines of the status."""
    if as_json:
        print(json.dumps(found.to_json()))
        return
    from plimsoll.report.scaling import told_lines

    for line in told_lines(found):
        print(line)


def _workers(text: str) -> dict[str, Any]:
    from plimsoll.core.errors import UsageError

    plain = text.strip().lower()
    if plain == "as-started":
        return {"as_started": True}
    found = _RANGE.fullmatch(plain)
    if found is None:
        why = f'"{text[:60]}" is no number of workers'
        raise UsageError("how many workers?", why=why, remedy="plimsoll scale set 4, or 2..8, or as-started")
    if found[2] is None:
        return {"workers": int(found[1])}
    return {"workers_min": int(found[1]), "workers_max": int(found[2])}


def _weight(text: str) -> tuple[str, int]:
    from plimsoll.core.errors import UsageError

    found = _WEIGHT.fullmatch(text.strip())
    if found is None:
        raise UsageError("wrong --weight", why=f'"{text[:60]}" gives no worker a weight', remedy="--weight w1=50")
    return found[1], int(found[2])


def _setting(text: str) -> tuple[str, Any]:
    """A name with what is meant: a number, a duration, a percentage, on, off, learned, none."""
    from plimsoll.core.errors import UsageError

    name, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not name or not value:
        raise UsageError("wrong --set", why=f'"{text[:60]}" sets nothing', remedy="--set utilization=50%")
    return name, _meant(name, value.lower())


def _meant(name: str, value: str) -> Any:
    from plimsoll.core.errors import UsageError
    from plimsoll.core.units import parse_duration

    words = {"learned": None, "none": None, "on": True, "true": True, "off": False, "false": False}
    if value in words:
        return words[value]
    if name.endswith("_s") and not name.endswith("_per_s"):
        return parse_duration(value, what=name)
    try:
        return float(value[:-1]) / 100 if value.endswith("%") else int(value) if value.isdecimal() else float(value)
    except ValueError:
        remedy = "a number, 50%, 30s, on, off, learned or none"
        raise UsageError("wrong --set", where=name, why=f'"{value[:60]}" is no value', remedy=remedy) from None
