"""`plimsoll scale simulate`: how many workers policies of scaling would run on a load, and who would wait."""

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from plimsoll.cli.worker_options import DownWindow

if TYPE_CHECKING:
    from plimsoll.scale.policy.capacity import Capacity
    from plimsoll.scale.policy.limits import Limits
    from plimsoll.scale.simulating.fleet import Model
    from plimsoll.workflows.scale_simulate import ScaleSimulated, TraceSource

WORKERS_MAX: Final = 500  # where nobody says otherwise
CAPACITY: Final = (1e-6, 1e9)  # requests/s: beyond it nobody means a worker


def add_to(group: typer.Typer) -> None:
    group.command("simulate")(simulate)


def simulate(
    trace: Annotated[
        Path | None,
        typer.Argument(
            help="A file of counts a second, a CSV, a time a request, or a web server's log; also .gz, .zst."
        ),
    ] = None,
    shape: Annotated[
        str | None,
        typer.Option(help="Instead of a file: worldcup, twitter, nasa, cloud, flash, office, even; made up."),
    ] = None,
    history: Annotated[
        str | None, typer.Option(metavar="NAME", help="Instead of a file: the load of what is or was served here.")
    ] = None,
    seed: Annotated[int, typer.Option(help="--shape: another seed, another load of its kind.")] = 1,
    duration: Annotated[str, typer.Option(help="--shape: how long.")] = "1d",
    write: Annotated[Path | None, typer.Option(help="--shape: write it as CSV, and simulate nothing.")] = None,
    policy: Annotated[
        list[str] | None,
        typer.Option(help="hybrid, kpa, hpa-70, hpa-50, thresholds. Repeatable; default all. The first is compared."),
    ] = None,
    capacity: Annotated[
        float | None,
        typer.Option(
            help="Requests a second that a worker carries. Default: as recorded, else a 20th of the busiest minute's."
        ),
    ] = None,
    contention: Annotated[float, typer.Option(help="Of workers on one host (Universal Scalability Law).")] = 0.0,
    coherency: Annotated[float, typer.Option(help="Of workers on one host (Universal Scalability Law).")] = 0.0,
    load_line: Annotated[Path | None, typer.Option(help="The capacity, from a find.json of `plimsoll find`.")] = None,
    measured_with: Annotated[int, typer.Option(min=1, help="--load-line: with so many workers.")] = 1,
    workers_min: Annotated[
        int | None, typer.Option("--min", help="Workers at least. Default 1; --history: as served.")
    ] = None,
    workers_max: Annotated[
        int | None, typer.Option("--max", help="Workers at most. Default 500; --history: as served.")
    ] = None,
    connections: Annotated[
        int | None, typer.Option(help="The database's max_connections: what is above is refused.")
    ] = None,
    pool: Annotated[int, typer.Option(min=1, help="--connections: a worker's pool.")] = 10,
    start: Annotated[str, typer.Option(help="From a decision to a worker that takes requests.")] = "5s",
    delay: Annotated[str, typer.Option(help="How old a metric is when a policy learns of it.")] = "1s",
    wait: Annotated[str, typer.Option(help="Who waits longer is a violation.")] = "200ms",
    patience: Annotated[str, typer.Option(help="Who would wait longer is refused.")] = "10s",
    utilization: Annotated[
        str, typer.Option(help="hybrid: the worker-hours of such a utilization are its budget.")
    ] = "70%",
    down_window: DownWindow = "0s",
    form: Annotated[str | None, typer.Option("--format", help="counts, csv, times, log. Default: by content.")] = None,
    step: Annotated[str | None, typer.Option(help="What a count is for. Default: by the times, else 1s.")] = None,
    count: Annotated[str | None, typer.Option(help="csv: the column of the counts.")] = None,
    time: Annotated[str | None, typer.Option(help="csv: the column of the times.")] = None,
    explain: Annotated[
        list[str] | None,
        typer.Option(help="Why the first policy decided as it did: 2h30m after the start, 13:45, a date. Repeatable."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Play a load against policies of scaling: violations, worker-hours, actions, for each of them.

    All have the same workers, start times and metrics. A violation is a request that waits longer than --wait.

    Example: plimsoll scale simulate requests.csv --capacity 50 --max 40 --explain 13:45
    """
    from plimsoll.core.errors import UsageError
    from plimsoll.core.units import parse_duration
    from plimsoll.scale.policy.making import POLICIES, known
    from plimsoll.workflows.scale_simulate import ScaleRequest, load_trace, simulate_scaling, write_trace

    source = _source(trace, shape, history, seed, duration, form, step, count, time)
    if write is not None:
        if shape is None:
            raise UsageError("--write needs a --shape", why="a trace is a file already", remedy="--shape twitter")
        write_trace(load_trace(source)[0], write)
        print(f"wrote {write}", file=sys.stderr)
        return
    policies = tuple(dict.fromkeys(known(name, where="--policy") for name in policy or POLICIES))
    limits = _limits(workers_min, workers_max, connections, pool, as_served=history is not None)
    request = ScaleRequest(
        source, policies, _capacity(capacity, contention, coherency, load_line), load_line, measured_with,
        limits, _model(start, delay, wait, patience),
        _share(utilization), parse_duration(down_window, what="--down-window"), explain or (),
    )  # fmt: skip
    found = simulate_scaling(request, lambda name: _tell(name, as_json=as_json))
    if as_json:
        print(json.dumps(found.to_json()))
    else:
        _say(found)


def _source(
    trace: Path | None, shape: str | None, history: str | None, seed: int, duration: str, form: str | None,
    step: str | None, count: str | None, time: str | None,
) -> "TraceSource":  # fmt: skip
    from plimsoll.core.errors import UsageError
    from plimsoll.core.units import parse_duration
    from plimsoll.workflows.scale_simulate import TraceSource

    read = (("--format", form), ("--step", step), ("--count", count), ("--time", time))
    named = [one for one in (trace and "a trace", shape and "a --shape", history and "a --history") if one]
    if len(named) != 1:
        why = f"{' and '.join(named)} are named" if named else "neither a trace nor a --shape nor a --history is named"
        raise UsageError("what is to be simulated?", why=why, remedy="plimsoll scale simulate --shape twitter")
    if trace is None and (given := [option for option, value in read if value is not None]):
        why = f"{named[0]} has its own form and times"
        raise UsageError(f"only a file has {' and '.join(given)}", why=why, remedy="leave it out")
    if (count or time) and form not in (None, "csv"):
        raise UsageError("--count and --time name columns", why=f"--format {form} has none", remedy="--format csv")
    form = form or ("csv" if count or time else "")
    step_s = parse_duration(step, what="--step") if step is not None else None
    seconds = round(parse_duration(duration, what="--duration"))
    return TraceSource(trace, form, step_s, count or "", time or "", shape or "", seed, seconds, recorded=history or "")


def _capacity(rate: float | None, contention: float, coherency: float, line: Path | None) -> "Capacity | None":
    from plimsoll.core.errors import UsageError
    from plimsoll.scale.policy.capacity import Capacity

    if rate is None:
        if contention or coherency:
            raise UsageError("a curve needs a --capacity", why="it bends that of one worker", remedy="--capacity 50")
        return None
    if line is not None:
        raise UsageError("two capacities", why="both --capacity and --load-line give one", remedy="leave one out")
    if not CAPACITY[0] <= rate <= CAPACITY[1]:
        why = f"{rate:g}/s is not within {CAPACITY[0]:g} and {CAPACITY[1]:g}"
        raise UsageError("wrong capacity of a worker", why=why, remedy="the rate that `plimsoll find` gives")
    return Capacity(rate, contention, coherency)


def _limits(
    least: int | None, most: int | None, connections: int | None, pool: int, *, as_served: bool
) -> "Limits | None":
    """None: as they were recorded, for nothing else is told."""
    from plimsoll.scale.policy.limits import ConnectionBudget, Limits

    if as_served and least is None and most is None and connections is None:
        return None
    least, most = 1 if least is None else least, WORKERS_MAX if most is None else most
    return Limits(least, most, None if connections is None else ConnectionBudget(connections, pool))


def _model(start: str, delay: str, wait: str, patience: str) -> "Model":
    from plimsoll.core.units import parse_duration
    from plimsoll.scale.simulating.fleet import Model

    return Model(
        round(parse_duration(start, what="--start")), parse_duration(wait, what="--wait"),
        parse_duration(patience, what="--patience"), round(parse_duration(delay, what="--delay")),
    )  # fmt: skip


def _share(text: str) -> float:
    from plimsoll.core.errors import UsageError

    try:
        share = float(text.rstrip("% ")) / 100 if text.endswith("%") else -1.0
    except ValueError:
        share = -1.0
    if not 0.1 <= share <= 1:
        raise UsageError("wrong --utilization", why=f'"{text}" is not 10% to 100%', remedy="--utilization 70%")
    return share


def _tell(name: str, *, as_json: bool) -> None:
    """How far it is, on a terminal: a month takes minutes."""
    from plimsoll.cli.printing import tells_progress

    if tells_progress(as_json=as_json) and sys.stderr.isatty():
        print(f"played {name}", file=sys.stderr)


def _say(found: "ScaleSimulated") -> None:
    from plimsoll.cli.printing import print_view
    from plimsoll.core.units import format_duration, format_rate
    from plimsoll.core.visible import visible
    from plimsoll.report.scale_simulation import scaling_sentences, scaling_table

    trace, conditions = found.trace, found.conditions
    capacity, model, limits = conditions.capacity, conditions.model, conditions.limits
    print(
        f"{visible(trace.name)}: {trace.requests:,.0f} requests in {format_duration(len(trace))}, read as "
        f"{found.form}; busiest minute {format_rate(trace.busiest_minute_per_s)}"
    )
    if trace.step_s > 1 and trace.rate:
        step = format_duration(trace.step_s)
        print(f"note: {trace.rate} is a rate, and was taken for each second of its {step}", file=sys.stderr)
    elif trace.step_s > 1:
        print(f"note: a count is for {format_duration(trace.step_s)}, and was spread evenly over it", file=sys.stderr)
    if trace.missing:
        what = f"{trace.missing:,} step{'s have' if trace.missing > 1 else ' has'} no row"
        print(f"note: {what}, and {'were' if trace.missing > 1 else 'was'} taken as without requests", file=sys.stderr)
    if found.left_out:
        print(f"left out: {found.left_out:,} lines that are no requests")
    if (there := found.recorded) is not None:
        print(f"really {there.worker_hours:,.2f} worker-hours went")
        if there.filled_s >= 1:
            print(f"note: {format_duration(there.filled_s)} were not recorded, and taken as around", file=sys.stderr)
    assumed = " (assumed: a 20th of the busiest minute)" if found.assumed else ""
    budget = f" (the database has connections for {limits.budget.workers()})" if limits.budget else ""
    print(
        f"{limits.workers_min} to {limits.workers_max} workers{budget}; one carries {format_rate(capacity.one_per_s)}"
        f"{assumed}, is ready after {format_duration(model.start_s)}; who waits > {format_duration(model.wait_s)} "
        "is a violation"
    )
    print_view(scaling_table(found.played))
    for line in scaling_sentences(found.played):
        print(line)
    for one in found.explained:
        print(f"\n{found.explained_policy} after {timedelta(seconds=one.second)}:")
        for line in one.lines:
            print(f"  {line}")
