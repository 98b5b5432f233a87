"""`plimsoll alerts ...`: rules, what fires, what would have fired, silences."""

import asyncio
import json
import os
import sys
import time
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plimsoll.cli.exits import REFUSED
from plimsoll.core.visible import visible

if TYPE_CHECKING:
    from plimsoll.settings.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Config = Annotated[Path | None, typer.Option(help="Another file than ./plimsoll.toml.")]
Store = Annotated[Path | None, typer.Option(help="Where the watch keeps its series, if not where the settings say.")]
Rule = Annotated[str | None, typer.Option(help="Only this rule.")]
ROOT = Path(".plimsoll") / "runs"
LIMIT_MAX = 10_000

group = typer.Typer(
    help="Alert rules, what fires, what would have fired, silences and test messages.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
)


def add_to(app: typer.Typer) -> None:
    group.command("test")(would_fire)
    for command in (list_, history, silence, silences, expire, notify_test):
        group.command(command.__name__.rstrip("_").replace("_", "-"))(command)
    app.add_typer(group, name="alerts")


def list_(store: Store = None, config: Config = None, as_json: Json = False) -> None:
    """List the rules, and what fires as the watch wrote it down last.

    Example: plimsoll alerts list
    """
    from plimsoll.report.alerts import alert_lines, rule_lines
    from plimsoll.workflows.alerts_file import overview, problems_of

    settings = _settings(config)
    for problem in [*problems_of(settings.alerts, os.environ), *_problems_of_tokens(settings)]:
        _warn(problem)
    seen = overview(settings.alerts, _file(settings, store), time.time())
    if as_json:
        lists = {name: getattr(seen, name) for name in ("rules", "alerts", "silences", "deliveries")}
        print(json.dumps({"watching": seen.watching} | {k: [one.to_json() for one in v] for k, v in lists.items()}))
        return
    _print(rule_lines([view.to_json() for view in seen.rules]))
    _print(["", *alert_lines([alert.to_json() for alert in seen.alerts])] if seen.alerts else ["", "nothing fires"])
    for errand in seen.deliveries:
        if errand.state in ("waiting", "failed"):
            _warn(f"a message to {errand.target} is {errand.state}: {errand.why or 'on its way'}")
    if not seen.watching:
        print("no watch is running here. try: plimsoll watch", file=sys.stderr)


def history(
    limit: Annotated[int, typer.Option(min=1, max=LIMIT_MAX, help="The last so many.")] = 20,
    rule: Rule = None,
    store: Store = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """List what fired, newest first, also what still does.

    Example: plimsoll alerts history --rule disk_space
    """
    from plimsoll.report.alerts import alert_lines
    from plimsoll.workflows import alerts_file

    settings = _settings(config)
    alerts = [
        alert.to_json() for alert in alerts_file.known_history(settings.alerts, _file(settings, store), limit, rule)
    ]
    if as_json:
        print(json.dumps({"alerts": alerts}))
        return
    _print(alert_lines(alerts) if alerts else ["nothing fired yet"])


def would_fire(
    since: Annotated[str, typer.Option(help="How far back to look: 24h, 7d.")] = "24h",
    rule: Rule = None,
    run: Annotated[str | None, typer.Option(help="A run's series instead of the watch's: its id or directory.")] = None,
    runs: Annotated[Path, typer.Option(help="The directory that holds the runs.")] = ROOT,
    store: Store = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Show what would have fired over recorded series, with the rules as they are now. Nobody is told.

    Where points as measured are not kept any more, the means of a minute or longer are judged.

    Example: plimsoll alerts test --since 7d --rule cpu
    """
    from dataclasses import asdict

    from plimsoll.core.units import parse_duration
    from plimsoll.report.alerts import replayed_lines
    from plimsoll.workflows.alerts_replay import replay, span_of_run

    settings = _settings(config)
    now_s = time.time()
    start_s, end_s = now_s - parse_duration(since, what="time to look back"), now_s
    file, began_s = _file(settings, store), None
    if run is not None:
        file, start_s, end_s, began_s = span_of_run(runs, run)
    found = replay(settings.alerts, file, start_s, end_s, rule)
    if as_json:
        print(json.dumps({"since": start_s, "until": end_s} | asdict(found)))
        return
    _print(replayed_lines(asdict(found), start_s, end_s, began_s))


def silence(
    matcher: Annotated[
        str, typer.Argument(help="A rule, with * for any letters, and labels: 'disk_space{mount=\"/\"}'.")
    ],
    for_: Annotated[str, typer.Option("--for", help="How long: 30m, 2h, at most 30d.")],
    reason: Annotated[str, typer.Option(help="Why, for those who see it.")],
    author: Annotated[str | None, typer.Option(help="Who; without it the user that you are.")] = None,
    store: Store = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Tell nobody of some alerts for a time. They are judged, shown and recorded all the same.

    Example: plimsoll alerts silence 'disk_*' --for 2h --reason "the disk is being replaced"
    """
    from plimsoll.core.units import parse_duration
    from plimsoll.monitor.alerts.silences import names_a_rule
    from plimsoll.report.alerts import silence_lines
    from plimsoll.workflows import alerts_file

    settings = _settings(config)
    made = alerts_file.silence(
        _file(settings, store),
        matcher,
        now_s=time.time(),
        for_s=parse_duration(for_),
        author=author or getuser(),
        reason=reason,
    )
    if not names_a_rule(made, settings.alerts.rules):
        _warn(f"there is no rule that {made.rule!r} fits. plimsoll alerts list shows them")
    shown = made.to_json()
    _print([json.dumps(shown)] if as_json else silence_lines([shown]))


def silences(store: Store = None, config: Config = None, as_json: Json = False) -> None:
    """List the silences that hold.

    Example: plimsoll alerts silences
    """
    from plimsoll.report.alerts import silence_lines
    from plimsoll.workflows.alerts_file import overview

    settings = _settings(config)
    rows = [one.to_json() for one in overview(settings.alerts, _file(settings, store), time.time()).silences]
    if as_json:
        print(json.dumps({"silences": rows}))
        return
    _print(silence_lines(rows) if rows else ["nothing is silenced"])


def expire(
    silence_id: Annotated[str, typer.Argument(help="The silence, as plimsoll alerts silences lists it.")],
    store: Store = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """End a silence before its time.

    Example: plimsoll alerts expire 1f3c9a20
    """
    from plimsoll.workflows import alerts_file

    settings = _settings(config)
    ended = alerts_file.expire(_file(settings, store), silence_id, time.time())
    print(json.dumps(ended.to_json()) if as_json else f"silence {ended.id} of {ended.rule} has ended")


def notify_test(config: Config = None, as_json: Json = False) -> None:
    """Send a real test message to all that [alerts] names, and say what became of each.

    The exit code is 3 where one of them was not accepted.

    Example: plimsoll alerts notify-test
    """
    from socket import gethostname

    from plimsoll.workflows.alerts_file import tell_test

    settings = _settings(config)
    told, problems = asyncio.run(tell_test(settings.alerts, os.environ, gethostname(), time.time()))
    if as_json:
        rows = [{"target": name, "accepted": not why, "why": why} for name, why in told]
        print(json.dumps({"deliveries": rows, "problems": problems}))
    else:
        _print([f"{name:30} {why or 'accepted'}" for name, why in told])
    for problem in problems:
        _warn(problem)
    if problems or any(why for _, why in told):
        raise typer.Exit(REFUSED)


def _problems_of_tokens(settings: "Settings") -> list[str]:
    """What would keep a watch from serving; nothing where what serves is not installed."""
    from plimsoll.core.errors import PlimsollError

    try:
        from plimsoll.server.security import make_access
    except ModuleNotFoundError:
        return []
    try:
        make_access(settings.monitor.server, os.environ)
    except PlimsollError as error:
        return [str(error)]
    return []


def _settings(config: Path | None) -> "Settings":
    from plimsoll.settings.loading import load_settings

    return load_settings(config)


def _file(settings: "Settings", store: Path | None) -> Path | None:
    return store or settings.monitor.store


def _print(lines: list[str]) -> None:
    for line in lines:
        print(visible(line))


def _warn(words: str) -> None:
    print(f"warning: {visible(words)}", file=sys.stderr)
