"""`plimsoll find`: the highest rate of journeys at which every goal holds."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plimsoll.cli.exits import INTERRUPTED, INVALID, MISSED, OK, exit_code, say_error
from plimsoll.cli.options import connections_of, dsn_of
from plimsoll.cli.signals import asked_by_signals, stdout_to_stderr

if TYPE_CHECKING:
    from plimsoll.workflows.find import FindRequest, FindResult

ROOT = Path(".plimsoll") / "runs"
SEED_MAX = 2**62


def add_to(app: typer.Typer) -> None:
    app.command("find")(find)


def find(
    scenario: Annotated[Path, typer.Argument(help="The scenario: a Python file of journeys.")],
    profile: Annotated[str | None, typer.Option(help="A profile of plimsoll.toml, for its goals only.")] = None,
    env: Annotated[str | None, typer.Option(help="An environment of plimsoll.toml.")] = None,
    dsn: Annotated[str | None, typer.Option(help="A database: DSN or env:NAME.")] = None,
    url: Annotated[str | None, typer.Option(help="Where HTTP requests go: http://127.0.0.1:8000.")] = None,
    goal: Annotated[list[str] | None, typer.Option(help="As 'p95<1s', 'step:NAME: p99<50ms'. Repeatable.")] = None,
    start: Annotated[float | None, typer.Option("--from", help="Begin with so many journeys per second.")] = None,
    ceiling: Annotated[float | None, typer.Option("--to", help="Try no more journeys per second than this.")] = None,
    step_duration: Annotated[str, typer.Option(help="A step lasts so long; three times that if it is close.")] = "10s",
    max_steps: Annotated[int, typer.Option(min=2, max=50, help="Make no more steps than this.")] = 12,
    warmup: Annotated[str | None, typer.Option(help="Before each step. Default: by a journey's length.")] = None,
    users_max: Annotated[
        int | None, typer.Option(min=1, max=100_000, help="Run so many journeys at once. Default 100, by HTTP 500.")
    ] = None,
    connections: Annotated[str | None, typer.Option(help="per-user, or the size of each process's pool.")] = None,
    processes: Annotated[int, typer.Option(min=1, max=256, help="Generator processes.")] = 1,
    even: Annotated[bool, typer.Option("--even", help="Evenly spaced arrivals, not at random.")] = False,
    seed: Annotated[int, typer.Option(min=0, max=SEED_MAX, help="The same seed draws the same load.")] = 1,
    config: Annotated[Path | None, typer.Option(help="Another file than ./plimsoll.toml.")] = None,
    watch: Annotated[bool, typer.Option("--watch/--no-watch", help="Record host and database beside the load.")] = True,
    runs: Annotated[Path, typer.Option(help="The directory that holds the runs.")] = ROOT,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Find the load line: the highest rate of journeys at which every goal holds, and what gives way above it.

    The rate rises step by step until a goal is missed or the rate is not reached, so the target will be overloaded for
    some seconds. A protected environment is refused. Without goals: p95<1s, errors<1%, dropped<1%.

    Exit codes: 0 found, 3 refused, 4 not even the lowest rate holds, 5 it cannot be told, 130 interrupted.

    Example: plimsoll find scenarios/first.py --goal 'p95<200ms' --goal 'errors<1%'

    Example: plimsoll find scenarios/first.py --url http://127.0.0.1:8000 --from 50 --to 2000
    """
    from plimsoll.core.goal import parse_goal
    from plimsoll.core.units import parse_duration
    from plimsoll.settings.loading import load_settings
    from plimsoll.workflows.finding.request import FindRequest
    from plimsoll.workflows.finding.stepping import PLACEHOLDER
    from plimsoll.workflows.run_request import RunRequest
    from plimsoll.workflows.target import TargetRequest

    settings = load_settings(config)
    if profile is not None:
        settings.profile(profile)
    goals = dict.fromkeys([*settings.goals_for(profile), *(parse_goal(text, what="--goal") for text in goal or ())])
    base = RunRequest(
        scenario=scenario,
        profile=PLACEHOLDER,
        where=TargetRequest(settings, os.environ, env, dsn_of(dsn), url=url),
        seed=seed,
        processes=processes,
        connections=connections_of(connections),
        connections_said=connections is not None,
        runs_root=runs,
        samples_bytes_max=0,
        watched=watch,
    )
    request = FindRequest(
        base,
        tuple(goals),
        start=start,
        ceiling=ceiling,
        least_s=parse_duration(step_duration, what="--step-duration"),
        steps_max=max_steps,
        warmup_s=None if warmup is None else parse_duration(warmup, what="--warmup"),
        users=users_max,
        arrivals="even" if even else "poisson",
    )
    finish(carry_out(request, as_json=as_json), runs, as_json=as_json)


def carry_out(request: "FindRequest", *, as_json: bool) -> "FindResult":
    """Searches under the terminal's eyes. The first Ctrl-C ends the search and keeps it; a second one ends us."""
    from plimsoll.cli.finding import Following
    from plimsoll.workflows import find as workflow
    from plimsoll.workflows.run_request import StopRequest

    following = Following(quiet=as_json)

    async def go() -> "FindResult":
        stop = StopRequest()
        with asked_by_signals(stop.ask):
            return await workflow.find(request, following, stop)

    with stdout_to_stderr():
        try:
            return asyncio.run(go())
        except asyncio.CancelledError:
            print("interrupted before the first step", file=sys.stderr)
            raise typer.Exit(INTERRUPTED) from None
        finally:
            following.close()


def finish(result: "FindResult", runs: Path, *, as_json: bool) -> None:
    """Says what was found in every form asked for, and leaves with its exit code."""
    from plimsoll.workflows.finding.files import write_line

    page, problems = write_line(runs, result.line)
    if as_json:
        print(json.dumps(result.line.to_json()))
    else:
        from plimsoll.cli.printing import print_view
        from plimsoll.report.load_line.terminal import line_view

        print_view(line_view(result.line, None if page is None else str(page)))
    for problem in problems:
        print(f"warning: {problem}", file=sys.stderr)
    if result.error is not None:
        say_error(result.error)
    raise typer.Exit(code_of_search(result))


def code_of_search(result: "FindResult") -> int:
    """Interrupted; an error that ended it; what cannot be told; nothing held; found."""
    if result.interrupted:
        return INTERRUPTED
    line = result.line
    if result.error is not None:
        return INVALID if line.limit == "target" else exit_code(result.error)
    if line.verdict == "nothing-held":
        return MISSED
    known = line.verdict == "found" or (line.verdict == "at-least" and line.limit == "ceiling")
    return OK if known else INVALID
