"""`plimsoll cache simulate`: which policy of eviction, and how large a cache, a trace asks for."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from plimsoll.workflows.cache_simulate import Simulated, SimulateRequest


def add_to(group: typer.Typer) -> None:
    group.command("simulate")(simulate)


def simulate(
    trace: Annotated[
        Path, typer.Argument(help="A file of requests, one key a line, or in a form below; also .gz, .zst.")
    ],
    size: Annotated[
        list[str] | None,
        typer.Option(help="10% (of the keys, or of their bytes), 5000 entries, 64MB, or 10000,100MB. Repeatable."),
    ] = None,
    policy: Annotated[list[str] | None, typer.Option(help="lru, sieve, s3-fifo, 2q. Repeatable; default all.")] = None,
    by: Annotated[
        Literal["entries", "bytes"] | None,
        typer.Option(help="What percentages are of. Default: bytes where the trace has sizes."),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format", help="keys, sizes (key size), csv, arc, oracle-general, log. Default: by its content."
        ),
    ] = None,
    key: Annotated[str | None, typer.Option(help="csv: the column of the key.")] = None,
    size_of: Annotated[str | None, typer.Option(help="csv: the column of the size in bytes.")] = None,
    sample: Annotated[str, typer.Option(help="Simulate this share of the keys, on caches as much smaller.")] = "100%",
    requests: Annotated[int | None, typer.Option(min=1, help="Read at most so many. Default 20 million.")] = None,
    optimum: Annotated[bool, typer.Option(help="Also Belady's optimum, where entries are counted.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Say what each policy of eviction would hit on a trace of requests, at several sizes of the cache.

    Names the best at each size and what twice the size would give. Every request counts, from an empty cache on.
    Nothing expires and nothing is invalidated in it.

    Example: plimsoll cache simulate keys.txt.gz --size 1% --size 10% --size 10000
    """
    from plimsoll.workflows.cache_simulate import simulate_trace

    request = _request(trace, size, policy, by, form, key, size_of, sample, requests, optimum)
    found = simulate_trace(request, _tell)
    if as_json:
        print(json.dumps(found.to_json()))
    else:
        _say(found)


def _request(
    trace: Path, size: list[str] | None, policy: list[str] | None, by: Literal["entries", "bytes"] | None,
    form: str | None, key: str | None, size_of: str | None, sample: str, requests: int | None, optimum: bool,
) -> "SimulateRequest":  # fmt: skip
    from plimsoll.cache.traces.forms import FORMS, Columns
    from plimsoll.cache.traces.reading import REQUESTS_MAX, How
    from plimsoll.core.errors import UsageError
    from plimsoll.core.eviction.policies import POLICIES, known
    from plimsoll.core.eviction.simulation.sizes import USUAL, parse_size
    from plimsoll.workflows.cache_simulate import SimulateRequest

    _check("--format", form, tuple(FORMS))
    if (key or size_of) and form not in (None, "csv"):
        raise UsageError("--key and --size-of name columns", why=f"--format {form} has none", remedy="--format csv")
    form = form or ("csv" if key or size_of else "")
    sizes = tuple(dict.fromkeys(parse_size(text) for text in size or USUAL))
    policies = tuple(dict.fromkeys(known(name, where="--policy") for name in policy or POLICIES))
    how = How(form, Columns(key or "", size_of or ""), _sample(sample), requests or REQUESTS_MAX)
    return SimulateRequest(trace, sizes, how, policies, by=by or "", optimum=optimum)


def _check(option: str, value: str | None, allowed: tuple[str, ...]) -> None:
    from plimsoll.core.errors import UsageError

    if value is not None and value not in allowed:
        raise UsageError(f"wrong {option}", why=f'"{value}" is none of {", ".join(allowed)}', remedy=allowed[0])


def _sample(text: str) -> float:
    from plimsoll.core.errors import UsageError

    try:
        share = float(text.rstrip("% ")) / 100 if text.endswith("%") else -1.0
    except ValueError:
        share = -1.0
    if not 0 < share <= 1:
        why = f'"{text}" is no percentage above 0 and up to 100'
        raise UsageError("wrong --sample", why=why, remedy="--sample 10%")
    return share


def _tell(line: str) -> None:
    """How far it is, on a terminal: large traces take minutes."""
    if sys.stderr.isatty():
        print(f"simulated {line}", file=sys.stderr)


def _say(found: "Simulated") -> None:
    from plimsoll.cli.printing import print_view
    from plimsoll.core.units import format_bytes, format_share
    from plimsoll.report.cache_simulation import simulation_sentences, simulation_table

    read, trace = found.read, found.read.trace
    weighs = f", {format_bytes(trace.unique_weight)}" if trace.sized else ""
    sampled = f" (a sample: {format_share(read.sample)} of the keys)" if read.sample < 1 else ""
    print(f"{found.file}: {len(trace):,} requests for {trace.unique:,} keys{weighs}, read as {read.form}{sampled}")
    if read.left_out:
        print(f"left out: {read.left_out:,} lines that are no requests of a cache")
    if read.cut_because:
        print(f"note: read up to there only: {read.cut_because}; --sample reads it whole", file=sys.stderr)
    print("hit ratio, % of requests:")
    print_view(simulation_table(found.compared))
    if trace.sized:
        print("the same in % of the bytes asked for:")
        print_view(simulation_table(found.compared, by_bytes=True))
    for line in simulation_sentences(found.compared):
        print(line)
