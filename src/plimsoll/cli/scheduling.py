"""`plimsoll schedule ...`: runs that repeat by themselves."""

import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plimsoll.cli.exits import INTERRUPTED, UNEXPECTED, one_line
from plimsoll.cli.signals import asked_by_signals

if TYPE_CHECKING:
    from plimsoll.schedule.firing import Firing
    from plimsoll.settings.schedules import Schedule
    from plimsoll.workflows.schedule import Office

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Config = Annotated[Path | None, typer.Option(help="Another file than ./plimsoll.toml.")]
Name = Annotated[str | None, typer.Argument(help="Only this schedule.")]
COUNT_MAX = 1000

group = typer.Typer(
    help="Runs that repeat by themselves, as [schedules.NAME] of plimsoll.toml says.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
)


def add_to(app: typer.Typer) -> None:
    for command in (run, list_, next_, now, history, export):
        group.command(command.__name__.rstrip("_"))(command)
    app.add_typer(group, name="schedule")


def run(config: Config = None) -> None:
    """Serve the schedules until Ctrl-C or SIGTERM: the daemon.

    A run under way is then ended as by Ctrl-C, and kept; the exit code is 0. What was missed while no daemon ran is
    told at the start.

    Example: plimsoll schedule run
    """
    from plimsoll.workflows.schedule_daemon import serve

    office = _office(config, _log)

    async def go() -> None:
        stop = asyncio.Event()
        with asked_by_signals(stop.set):
            await serve(office, stop)

    asyncio.run(go())


def now(
    name: Annotated[str, typer.Argument(help="The schedule.")], config: Config = None, as_json: Json = False
) -> None:
    """Make the run of a schedule now, keep it in the history and tell of it as if it had been due.

    Exit codes are those of plimsoll run.

    Example: plimsoll schedule now nightly
    """
    from plimsoll.workflows.schedule import annotations_of, make_now

    office = _office(config, _log)
    schedule = office.settings.schedule(name)

    async def go() -> "Firing":
        stop = asyncio.Event()
        with asked_by_signals(stop.set):
            return await make_now(office, schedule, stop)

    firing = asyncio.run(go())
    if os.environ.get("GITHUB_ACTIONS") == "true":
        sys.stderr.writelines(f"{line}\n" for line in annotations_of(office, firing))
    if as_json:
        print(json.dumps(firing.to_json()))
    raise typer.Exit(_code(firing))


def _code(firing: "Firing") -> int:
    if firing.outcome in ("interrupted", "timed out"):
        return INTERRUPTED
    code = firing.exit_code
    return UNEXPECTED if code is None or code < 0 else code


def list_(config: Config = None, as_json: Json = False) -> None:
    """List the schedules: when each runs next, and how it went last.

    Example: plimsoll schedule list
    """
    from plimsoll.workflows.schedule_daemon import daemon_runs

    office = _office(config, _log)
    rows = [_row(office, schedule) for schedule in office.settings.schedules.values()]
    daemon = daemon_runs(office)
    if as_json:
        print(json.dumps({"daemon": daemon, "schedules": rows}))
        return
    if not rows:
        print(f"no schedules in {office.settings.source}. try: add [schedules.NAME] with cron and scenario")
        return
    print(f"{'schedule':20} {'cron':20} {'timezone':16} {'next':17}  last")
    for row in rows:
        last = f"{row['last']['outcome']} {row['last']['due_at'][:16]}" if row["last"] else "–"
        due = _minutes(row["next_at"]) if row["next_at"] else "disabled"
        print(f"{row['name']:20} {row['cron']:20} {row['timezone']:16} {due:17}  {last}")
    for row in rows:
        for problem in row["problems"]:
            print(f"warning: {row['name']}: {problem}", file=sys.stderr)
    if not daemon:
        print("no daemon is running here. try: plimsoll schedule run", file=sys.stderr)


def _row(office: "Office", schedule: "Schedule") -> dict[str, Any]:
    from plimsoll.workflows.schedule import last_firings, problems_of

    last = last_firings(office, 1, schedule.name)
    return {
        "name": schedule.name,
        "cron": schedule.cron.text,
        "timezone": schedule.timezone,
        "scenario": str(schedule.scenario),
        "profile": schedule.profile,
        "environment": schedule.environment,
        "enabled": schedule.enabled,
        "next_at": _due(schedule, 1)[0].isoformat() if schedule.enabled else None,
        "last": last[0].to_json() if last else None,
        "problems": list(problems_of(schedule, office.environ)),
    }


def next_(
    name: Name = None,
    count: Annotated[int, typer.Option(min=1, max=COUNT_MAX, help="So many of each.")] = 5,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Say when schedules are due next.

    Example: plimsoll schedule next nightly --count 10
    """
    office = _office(config, _log)
    schedules = [office.settings.schedule(name)] if name else list(office.settings.schedules.values())
    moments = [(due, schedule) for schedule in schedules for due in _due(schedule, count)]
    moments.sort(key=lambda moment: (moment[0].astimezone(UTC), moment[1].name))
    if as_json:
        print(json.dumps({"next": [{"schedule": one.name, "due_at": due.isoformat()} for due, one in moments]}))
        return
    for due, schedule in moments:
        print(f"{due:%a %Y-%m-%d %H:%M %z}  {schedule.name}{'' if schedule.enabled else ' (disabled)'}")


def history(
    name: Name = None,
    limit: Annotated[int, typer.Option(min=1, max=COUNT_MAX, help="The last so many.")] = 20,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """List what became of scheduled runs, newest last.

    Example: plimsoll schedule history nightly --limit 5
    """
    from plimsoll.schedule.notice import headline
    from plimsoll.workflows.schedule import last_firings

    office = _office(config, _log)
    firings = last_firings(office, limit, name)
    if name and not firings:
        office.settings.schedule(name)  # a slip is told with the nearest right name
    if as_json:
        print(json.dumps({"history": [firing.to_json() for firing in firings]}))
        return
    if not firings:
        print(f"nothing was made{f' of {name}' if name else ''} yet. try: plimsoll schedule run")
        return
    print(f"{'id':>5} {'schedule':20} {'due (UTC)':16} {'by':5} {'outcome':16} {'run':21} detail")
    for one in firings:
        due = f"{one.due_at.astimezone(UTC):%Y-%m-%d %H:%M}"
        said = "; ".join(filter(None, [one.detail, one.notice]))
        run_id = one.run_id or "–"
        print(
            f"{one.number:5} {one.schedule:20} {due:16} {one.trigger:5} {headline(one):16} {run_id:21} {said}".rstrip()
        )


def export(
    name: Name = None,
    systemd: Annotated[bool, typer.Option("--systemd", help="A service and a timer.")] = False,
    github: Annotated[bool, typer.Option("--github", help="A workflow of GitHub Actions.")] = False,
    kubernetes: Annotated[bool, typer.Option("--kubernetes", help="A CronJob.")] = False,
    image: Annotated[str, typer.Option(help="The container that --kubernetes runs.")] = "",
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Print schedules in the form of another scheduler. Comments say what cannot be translated.

    Example: plimsoll schedule export nightly --systemd
    """
    from plimsoll.core.errors import UsageError
    from plimsoll.workflows.schedule_export import Surroundings, export

    asked = [form for form, wanted in (("systemd", systemd), ("github", github), ("kubernetes", kubernetes)) if wanted]
    if len(asked) != 1:
        raise UsageError("which form?", why="it is one of three", remedy="--systemd, --github or --kubernetes")
    office = _office(config, _log)
    schedules = [office.settings.schedule(name)] if name else list(office.settings.schedules.values())
    program = str(Path(sys.executable).with_name("plimsoll"))
    around = Surroundings(
        datetime.now(UTC).date(), program, str(Path.cwd()), image, None if config is None else str(config)
    )
    forms = export(office.settings, schedules, asked[0], around)
    if as_json:
        print(json.dumps({"files": {form.path: form.text for form in forms}}))
        return
    print("\n---\n".join(f"# {form.path}\n{form.text}".rstrip() for form in forms))


def _due(schedule: "Schedule", count: int) -> list[datetime]:
    """The next moments, on the schedule's clock."""
    from plimsoll.core.firing import next_after

    found = [next_after(schedule.cron, schedule.zone, datetime.now(UTC))]
    while len(found) < count:
        found.append(next_after(schedule.cron, schedule.zone, found[-1]))
    return [moment.astimezone(schedule.zone) for moment in found]


def _minutes(moment: str) -> str:
    return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M}"


def _office(config: Path | None, say: Any) -> "Office":
    from plimsoll.settings.loading import load_settings
    from plimsoll.workflows.schedule import Office

    return Office(load_settings(config), os.environ, say, config)


def _log(line: str) -> None:
    """A line of the daemon's log, to stderr: what supervises it keeps it."""
    from plimsoll.settings.masking import mask

    print(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {one_line(mask(line))}", file=sys.stderr, flush=True)
