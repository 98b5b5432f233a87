"""`plimsoll run`: load a target with a scenario, judge it, keep what was measured."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plimsoll.cli.comparing import NO_COMPARISON, ComparingOptions, RunCommand, show_comparison
from plimsoll.cli.exits import INTERRUPTED, OK, UNEXPECTED, code_of, say_error
from plimsoll.cli.options import check_no_exports, check_outputs, connections_of, dsn_of
from plimsoll.cli.profile_options import ProfileOptions
from plimsoll.cli.series import SeriesOptions, carry_out_series, finish_series
from plimsoll.cli.signals import asked_by_signals, stdout_to_stderr
from plimsoll.core.errors import PlimsollError, UsageError

if TYPE_CHECKING:
    from plimsoll.core.matrix import Cell
    from plimsoll.workflows.run import RunRequest, RunResult

ROOT = Path(".plimsoll") / "runs"
SEED_MAX = 2**63 - 1


def add_to(app: typer.Typer) -> None:
    app.command("run", cls=RunCommand)(run)


def run(
    scenario: Annotated[Path, typer.Argument(help="The scenario: a Python file of journeys.")],
    profile: Annotated[str | None, typer.Option(help="A profile of plimsoll.toml.")] = None,
    users: Annotated[int | None, typer.Option(help="So many users in a closed loop.")] = None,
    rate: Annotated[float | None, typer.Option(help="So many journeys per second, whatever the system does.")] = None,
    iterations: Annotated[int | None, typer.Option(help="So many journeys in all.")] = None,
    duration: Annotated[str | None, typer.Option(help="How long: 30s, 5m, 1m30s. Default 30s.")] = None,
    warmup: Annotated[str | None, typer.Option(help="Before that, left out of the figures.")] = None,
    max_users: Annotated[int | None, typer.Option(help="How many run at once with --rate. Default 100.")] = None,
    env: Annotated[str | None, typer.Option(help="An environment of plimsoll.toml.")] = None,
    dsn: Annotated[str | None, typer.Option(help="A database: DSN or env:NAME.")] = None,
    url: Annotated[str | None, typer.Option(help="Where HTTP requests go: http://127.0.0.1:8000.")] = None,
    connections: Annotated[str | None, typer.Option(help="per-user, or the size of each process's pool.")] = None,
    goal: Annotated[list[str] | None, typer.Option(help="As 'p95<1s', 'step:NAME: p99<50ms'. Repeatable.")] = None,
    processes: Annotated[int, typer.Option(min=1, max=256, help="Generator processes, on each machine.")] = 1,
    cluster: Annotated[str | None, typer.Option(help="A Dask scheduler whose workers make the load.")] = None,
    send: Annotated[list[Path] | None, typer.Option(help="Send this file or folder to them. Repeatable.")] = None,
    seed: Annotated[int, typer.Option(min=0, max=SEED_MAX, help="The same seed draws the same load.")] = 1,
    config: Annotated[Path | None, typer.Option(help="Another file than ./plimsoll.toml.")] = None,
    allow_protected: Annotated[list[str] | None, typer.Option(help="Load this protected environment.")] = None,
    alone: Annotated[
        bool, typer.Option("--alone", help="Refuse while another run loads the target, and hold others off.")
    ] = False,
    wait: Annotated[str, typer.Option(help="Wait so long for a target that another run holds.")] = "0s",
    samples: Annotated[bool, typer.Option("--samples/--no-samples", help="Store every sample.")] = True,
    samples_max: Annotated[str, typer.Option(help="At most so many bytes of samples.")] = "2GiB",
    watch: Annotated[bool, typer.Option("--watch/--no-watch", help="Record host and database beside the load.")] = True,
    serve: Annotated[
        str | None, typer.Option(help="The NAME of plimsoll serve that is loaded. Default: whose address the URL is.")
    ] = None,
    to_analyze: Annotated[
        bool, typer.Option("--analyze/--no-analyze", help="Say at the end what held the run down.")
    ] = True,
    matrix: Annotated[list[str] | None, typer.Option(help="A run for each value: users=10,50,100. Repeatable.")] = None,
    repeat: Annotated[int, typer.Option(min=1, max=500, help="Make each run so many times.")] = 1,
    reset: Annotated[str | None, typer.Option(help="Between runs: template, hook, none, 'command: ...'.")] = None,
    interleave: Annotated[Path | None, typer.Option(help="B's plimsoll.toml: load A B B A ..., and compare.")] = None,
    baseline: Annotated[str | None, typer.Option(help="Compare with this baseline at the end; worse: 4.")] = None,
    metric: Annotated[str | None, typer.Option(help="What is compared: p95, rate, step:NAME:p99.")] = None,
    floor: Annotated[str, typer.Option(help="A smaller change does not count.")] = "5%",
    runs: Annotated[Path, typer.Option(help="The directory that holds the runs.")] = ROOT,
    junit: Annotated[Path | None, typer.Option(help="Write the goals as JUnit XML.")] = None,
    jtl: Annotated[Path | None, typer.Option(help="Write the samples as a JMeter JTL file (CSV).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")] = False,
) -> None:
    """Load a target with a scenario, judge the goals, and keep everything measured.

    Exit codes: 0 fine, 3 refused, 4 goals missed, aborted or worse, 5 invalid or cannot tell, 130 interrupted.

    Example: plimsoll run scenarios/first.py --users 8 --duration 10s --goal 'p95<50ms'

    Example: plimsoll run scenarios/first.py --matrix users=10,50,100 --repeat 3

    Example: plimsoll run scenarios/first.py --repeat 8 --interleave b.toml
    """
    from plimsoll.core.goal import parse_goal
    from plimsoll.core.units import parse_bytes, parse_duration
    from plimsoll.settings.loading import load_settings
    from plimsoll.workflows.run import RunRequest
    from plimsoll.workflows.sharing import Sharing
    from plimsoll.workflows.target import TargetRequest

    if serve is not None and not watch:
        raise UsageError(
            "--serve records workers beside the load", why="--no-watch records nothing", remedy="leave out one of them"
        )
    check_outputs(junit=junit, jtl=jtl, samples=samples)
    settings = load_settings(config)
    options = ProfileOptions(profile, users, rate, iterations, duration, warmup, max_users)
    series = SeriesOptions(tuple(matrix or ()), repeat, reset, interleave is not None)
    comparing = ComparingOptions(baseline, interleave, metric, floor)
    comparing.check(matrix or ())
    given = tuple(parse_goal(text, what="--goal") for text in goal or ())
    sides = comparing.sides(settings, env)

    def request(cell: "Cell") -> RunRequest:
        pool = cell.get("connections", connections)
        settings, env = sides[str(cell.get("configuration", "A"))]
        return RunRequest(
            scenario=scenario,
            profile=options.of(cell).build(settings),
            where=TargetRequest(settings, os.environ, env, dsn_of(dsn), tuple(allow_protected or ()), url=url),
            goals=tuple(dict.fromkeys([*settings.goals_for(profile), *given])),
            abort=settings.abort,
            seed=seed,
            processes=int(cell.get("processes", processes)),
            cluster=cluster,
            send=tuple(send or ()),
            connections=connections_of(None if pool is None else str(pool)),
            connections_said=pool is not None,
            runs_root=runs,
            samples_bytes_max=parse_bytes(samples_max, what="--samples-max") if samples else 0,
            sharing=Sharing(alone, parse_duration(wait, what="--wait")),
            watched=watch,
            analyzed=to_analyze,
            served=serve,
        )

    if baseline is not None:
        comparing.check_baseline(request({}))
    if series.asked:
        check_no_exports(junit=junit, jtl=jtl)
        asked = series.interleaved(request) if interleave is not None else series.request(request)
        finish_series(asked, carry_out_series(asked, as_json=as_json), comparing, as_json=as_json)
    finish(carry_out(request({}), as_json=as_json), comparing, as_json=as_json, junit=junit, jtl=jtl)


def carry_out(request: "RunRequest", *, as_json: bool) -> "RunResult":
    """Runs it under the terminal's eyes. The first Ctrl-C ends the run and keeps it; a second one ends us at once.

    Whatever a scenario prints goes to stderr. Stopped before the load began, there is nothing to keep.
    """
    from rich.console import Console

    from plimsoll.cli.watching import LiveWatcher, Quiet
    from plimsoll.workflows import run as workflow

    watcher = Quiet() if as_json else LiveWatcher(Console(stderr=True))

    async def go() -> "RunResult":
        stop = workflow.StopRequest()
        with asked_by_signals(stop.ask):
            return await workflow.run(request, watcher, stop)

    with stdout_to_stderr():
        try:
            return asyncio.run(go())
        except asyncio.CancelledError:
            print("interrupted before the load began", file=sys.stderr)
            raise typer.Exit(INTERRUPTED) from None
        finally:
            watcher.close()


def finish(
    result: "RunResult",
    comparing: ComparingOptions = NO_COMPARISON,
    *,
    as_json: bool,
    junit: Path | None = None,
    jtl: Path | None = None,
) -> None:
    """Says what came of a run in every form asked for, and leaves with its exit code."""
    from plimsoll.report.github import annotations

    summary = result.summary
    interrupted = summary.stopped_by == "interrupted"
    comparison = None if interrupted else comparing.compare(result.directory.path.parent, [summary])
    _show(result, comparing.to_json(comparison), as_json=as_json)
    if not as_json:
        show_comparison(comparison)
    for problem in result.problems:
        print(f"warning: {problem}", file=sys.stderr)
    if why := comparing.why_code(comparison, code_of(summary)):
        print(f"note: {why}", file=sys.stderr)
    exported = _export(result, junit, jtl)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        sys.stderr.writelines(f"{line}\n" for line in annotations(summary))
    raise typer.Exit(comparing.code(comparison, code_of(summary)) or (OK if exported else UNEXPECTED))


def _show(result: "RunResult", more: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({**result.summary.to_json(), **more}))
        return
    from plimsoll.cli.printing import print_view
    from plimsoll.report.terminal import summary_view
    from plimsoll.workflows.closing import drawn_of

    report, facts = result.directory.report_path, result.directory.read_facts()
    recorded = drawn_of(result.directory, facts)
    print_view(summary_view(result.summary, facts, report if report.is_file() else None, recorded))
    _show_analysis(result)


def _show_analysis(result: "RunResult") -> None:
    """The findings in short, where the run was analyzed."""
    from plimsoll.cli.printing import print_view
    from plimsoll.report.analysis.terminal import brief_view
    from plimsoll.workflows.analyzing.keeping import kept

    try:
        analysis = kept(result.directory)
    except PlimsollError as error:
        print(f"warning: {error}", file=sys.stderr)
        return
    if analysis is not None:
        print_view(brief_view(analysis))


def _export(result: "RunResult", junit: Path | None, jtl: Path | None) -> bool:
    """Whether everything could be written; what could not is told, and costs the run none of the rest."""
    from plimsoll.workflows.exporting import export_jtl, export_junit

    problems: list[PlimsollError] = []
    if junit is not None:
        problems += export_junit(result.summary, junit)
    if jtl is not None:
        problems += export_jtl(result.directory, jtl)
    for problem in problems:
        say_error(problem)
    return not problems
