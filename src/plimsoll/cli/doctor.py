"""`plimsoll doctor`: what a run would need, whether it is there, and how to mend it."""

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plimsoll.cli.exits import OK, REFUSED
from plimsoll.cli.options import connections_of
from plimsoll.cli.profile_options import ProfileOptions
from plimsoll.cli.signals import stdout_to_stderr

if TYPE_CHECKING:
    from plimsoll.core.check import CheckResult
    from plimsoll.workflows.preflight import PreflightRequest

ROOT = Path(".plimsoll") / "runs"


def add_to(app: typer.Typer) -> None:
    app.command("doctor")(doctor)


def doctor(
    scenario: Annotated[Path | None, typer.Argument(help="Also look at this scenario and what it needs.")] = None,
    profile: Annotated[str | None, typer.Option(help="A profile of plimsoll.toml.")] = None,
    users: Annotated[int | None, typer.Option(help="So many users in a closed loop. Default 1.")] = None,
    rate: Annotated[float | None, typer.Option(help="So many journeys per second.")] = None,
    duration: Annotated[str | None, typer.Option(help="How long: 30s, 5m, 1m30s. Default 30s.")] = None,
    max_users: Annotated[int | None, typer.Option(help="How many run at once with --rate. Default 100.")] = None,
    env: Annotated[str | None, typer.Option(help="An environment of plimsoll.toml.")] = None,
    dsn: Annotated[str | None, typer.Option(help="A database: DSN or env:NAME.")] = None,
    url: Annotated[str | None, typer.Option(help="Where HTTP requests go: http://127.0.0.1:8000.")] = None,
    connections: Annotated[str | None, typer.Option(help="per-user, or the size of each process's pool.")] = None,
    processes: Annotated[int, typer.Option(min=1, max=256, help="Generator processes.")] = 1,
    config: Annotated[Path | None, typer.Option(help="Another file than ./plimsoll.toml.")] = None,
    allow_protected: Annotated[list[str] | None, typer.Option(help="Look at this protected environment.")] = None,
    runs: Annotated[Path, typer.Option(help="The directory that would hold the run.")] = ROOT,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Check all that a run would need, and say how to mend what is missing. Changes nothing.

    Give it the options of the run. Where the target is embedded, that server is started to look and stopped again.

    Exit codes: 0 a run can start, 3 it would be refused.

    Example: plimsoll doctor scenarios/first.py --env dev --users 50
    """
    from plimsoll.settings.masking import Secret
    from plimsoll.workflows.preflight import PreflightRequest

    options = ProfileOptions(profile, users, rate, duration=duration, max_users=max_users)
    request = PreflightRequest(
        environ=os.environ,
        profile=options.build,
        scenario=scenario,
        config=config,
        environment=env,
        dsn=Secret(dsn) if dsn else None,  # what env:NAME names is looked up, and told, among the checks
        allow_protected=tuple(allow_protected or ()),
        url=url,
        connections=connections_of(connections),
        connections_said=connections is not None,
        processes=processes,
        runs_root=runs,
    )
    results = _look(request)
    _say(results, as_json=as_json)
    raise typer.Exit(REFUSED if any(result.status == "failed" for result in results) else OK)


def _look(request: "PreflightRequest") -> "list[CheckResult]":
    from plimsoll.workflows.preflight import preflight

    with stdout_to_stderr():
        return asyncio.run(preflight(request))


def _say(results: "list[CheckResult]", *, as_json: bool) -> None:
    from rich.console import Console

    from plimsoll.report.checks import check_lines, checks_view

    console = Console(highlight=False)
    if as_json:
        fine = not any(result.status == "failed" for result in results)
        print(json.dumps({"checks": [result.to_json() for result in results], "ok": fine}))
    elif console.is_terminal:
        console.print(checks_view(results))
    else:
        print("\n".join(check_lines(results)))
