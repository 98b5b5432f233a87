"""`plimsoll runs`: what runs there are."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from plimsoll.core.errors import RunDirectoryError, UsageError

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Root = Annotated[Path, typer.Option("--runs", help="The directory that holds the runs.")]
ROOT = Path(".plimsoll") / "runs"


def add_to(app: typer.Typer) -> None:
    app.command("runs")(runs)


def runs(
    root: Root = ROOT,
    trend: Annotated[bool, typer.Option("--trend", help="A metric over the runs that are like the newest.")] = False,
    scenario: Annotated[str | None, typer.Option(help="With --trend: of this scenario's newest.")] = None,
    metric: Annotated[str | None, typer.Option(help="With --trend: p95, rate, step:NAME:p99.")] = None,
    floor: Annotated[str, typer.Option(help="With --trend: a smaller change does not count.")] = "5%",
    as_json: Json = False,
) -> None:
    """List the runs, newest last; or show how one metric went over them, and where its level changed.

    Example: plimsoll runs

    Example: plimsoll runs --trend --metric p95
    """
    from plimsoll.runs.directory import list_runs

    if trend:
        _show_trend(root, scenario, metric, floor, as_json=as_json)
        return
    if scenario is not None or metric is not None:
        raise UsageError("--scenario and --metric need --trend", remedy="plimsoll runs --trend")

    rows = [_row(directory) for directory in list_runs(root)]
    if as_json:
        print(json.dumps({"runs": rows}))
    elif not rows:
        print(f"no runs in {root}. try: plimsoll run SCENARIO")
    else:
        _print_table(rows)


def _show_trend(root: Path, scenario: str | None, metric: str | None, floor: str, *, as_json: bool) -> None:
    from plimsoll.analyze.comparing.metrics import read_metric
    from plimsoll.cli.comparing import floor_of
    from plimsoll.cli.printing import print_view
    from plimsoll.report.comparison.trend import trend_view
    from plimsoll.workflows.comparing.trending import trend

    wanted = None if metric is None else read_metric(metric)
    found = trend(root, None if scenario is None else Path(scenario).stem, wanted, floor_of(floor))
    if as_json:
        print(json.dumps(found.to_json()))
    else:
        print_view(trend_view(found))


def _row(directory: Any) -> dict[str, Any]:
    from plimsoll.runs.directory import read_json
    from plimsoll.runs.standing import standing_of

    row: dict[str, Any] = {"run_id": directory.run_id, "state": "running" if directory.is_live() else "killed"}
    try:
        facts = directory.read_facts()
        row |= {"scenario": facts.scenario, "profile": facts.profile_name, "environment": facts.environment}
        row |= {name: facts.series[name] for name in ("series_id", "cell", "repeat") if name in facts.series}
        summary = read_json(directory.summary_path) if directory.summary_path.is_file() else None
    except RunDirectoryError as error:
        return row | {"state": f"unreadable: {error}"}
    if summary is not None:
        try:
            row |= {
                "state": standing_of(summary),
                "rate_per_s": summary["rate_per_s"],
                "p95_ms": summary["latency_ms"]["p95"],
                "error_rate": summary["error_rate"],
            }
        except (AttributeError, KeyError, TypeError) as error:
            return row | {"state": f"unreadable: summary.json is damaged: {type(error).__name__}: {error}"}
    return row


def _print_table(rows: list[dict[str, Any]]) -> None:
    from plimsoll.core.units import format_ms, format_rate, format_share

    print(f"{'run':22} {'scenario':16} {'profile':14} {'rate':>10} {'p95':>9} {'errors':>8}  state")
    for row in rows:
        rate, p95, errors = (row.get(key) for key in ("rate_per_s", "p95_ms", "error_rate"))
        print(
            f"{row['run_id']:22} {row.get('scenario', '–')[:16]:16} {row.get('profile', '–')[:14]:14} "
            f"{format_rate(rate):>10} {format_ms(p95):>9} {format_share(errors):>8}  {row['state']}{_belongs(row)}"
        )


def _belongs(row: dict[str, Any]) -> str:
    """Of a rate that a search tried, that it is one: its goals missed are no failure."""
    from plimsoll.runs.facts import FIND

    series = str(row.get("series_id", ""))
    return f", step of {series}" if series.startswith(FIND) else ""
