"""What makes runs not comparable, in words: another load, another target, other data, or figures not to be believed."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from plimsoll.analyze.comparing.runs import ComparedRun, Group
from plimsoll.core.units import format_bytes, format_count
from plimsoll.core.visible import visible

SIZE_DIFFERS: Final = 0.10
TABLE_ROWS_MIN: Final = 1_000  # of tables smaller than that a tenth says nothing
EXPECTED_MIN: Final = 20.0  # calls of a step that the other side should have made, had it the same mix
NAMED_MAX: Final = 5
# An embedded server listens somewhere else each time; every other port is another target, loopback or not.
_EMBEDDED_PORT: Final = re.compile(
    r"(postgresql://plimsoll(?::\*+)?@127\.0\.0\.1):(?:3276[89]|327[7-9]\d|32[89]\d\d|3[3-9]\d{3}|[4-6]\d{4})\b"
)
ASPECTS: Final = ("scenario", "profile", "connections", "data", "server", "settings", "machine")

# What decides how PostgreSQL plans, waits and writes; the rest of a server's settings moves no figure.
SETTINGS: Final = frozenset({
    "shared_buffers", "effective_cache_size", "work_mem", "maintenance_work_mem", "temp_buffers", "hash_mem_multiplier",
    "max_connections", "max_worker_processes", "max_parallel_workers", "max_parallel_workers_per_gather",
    "random_page_cost", "seq_page_cost", "effective_io_concurrency", "io_method", "io_workers",
    "default_statistics_target", "jit", "wal_level", "max_wal_size", "min_wal_size", "checkpoint_timeout",
    "checkpoint_completion_target", "wal_buffers", "wal_compression", "synchronous_commit", "fsync", "full_page_writes",
    "commit_delay", "autovacuum", "autovacuum_max_workers", "autovacuum_naptime", "autovacuum_vacuum_scale_factor",
    "autovacuum_analyze_scale_factor", "autovacuum_vacuum_cost_limit", "autovacuum_vacuum_cost_delay",
    "default_transaction_isolation", "data_checksums", "huge_pages", "shared_preload_libraries", "pooler",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """`aspect` is one of `ASPECTS`, or "validity", which nobody can have meant."""

    aspect: str
    words: str


def differences(a: Group, b: Group) -> Iterator[Difference]:
    """Everything that keeps two groups from being compared, the gravest first."""
    yield from _unfit(a, b)
    yield from _loads(a, b)
    yield from _servers(a, b)
    yield from _data(a, b)
    yield from _machines(a, b)


def remarks(a: Group, b: Group) -> Iterator[str]:
    """What forbids nothing but should be known."""
    runs = (*a.runs, *b.runs)
    for what, tell in _REMARKED.items():
        if (words := _apart(a, b, tell)) is not None:
            yield f"{what}: {words}"
    if len(runs) > 3 and _one_after_the_other(a, b):
        yield "all runs of one side were made before those of the other: what drifted between counts as a difference"
    if any(run.data_bytes is None and run.facts.server for run in runs):
        yield "the size of the data was not recorded beside every run: whether it is the same is not known"


def _one_after_the_other(a: Group, b: Group) -> bool:
    """Whether nothing was made in turns."""
    times = [[run.facts.started_at for run in group.runs] for group in (a, b)]
    return max(times[0]) < min(times[1]) or max(times[1]) < min(times[0])


def standing_reason(run: ComparedRun) -> str | None:
    """Why a run's figures cannot be used at all; None where they can."""
    stopped = run.summary.stopped_by
    if stopped not in ("", "completed"):
        return f"{run.run_id} did not come to its end ({visible(stopped)})"
    if not run.summary.valid:
        return f"{run.run_id} is invalid: {(*run.summary.invalid_because, 'the reason is not recorded')[0]}"
    return None


def _unfit(a: Group, b: Group) -> Iterator[Difference]:
    for group in (a, b):
        for reason in filter(None, map(standing_reason, group.runs)):
            yield Difference("validity", reason)


def _loads(a: Group, b: Group) -> Iterator[Difference]:
    for aspect, what, tell in _LOAD:
        words = _apart(a, b, tell)
        if words is not None:
            yield Difference(aspect, f"{what}: {words}")
    if apart := list(_profiles(a, b)):
        yield Difference("profile", f"profile: {'; '.join(apart)}")
    yield from _steps(a, b)


def _apart(a: Group, b: Group, tell: Callable[[ComparedRun], str]) -> str | None:
    """ "x in A, y in B" where they differ, also among the runs of one side; "" is what nobody knows."""
    sides = [sorted({tell(run) for run in group.runs} - {""}) for group in (a, b)]
    if not all(sides) or len({*sides[0], *sides[1]}) < 2:
        return None
    return ", ".join(f"{' and '.join(side[:NAMED_MAX])} in {name}" for side, name in zip(sides, "AB", strict=True))


def _profiles(a: Group, b: Group) -> Iterator[str]:
    """Of the load as it was asked for, whatever it is called, the parts that differ."""
    keys = dict.fromkeys(key for run in (*a.runs, *b.runs) for key in run.facts.profile)
    for key in keys:
        if (words := _apart(a, b, _part(key))) is not None:
            yield f"{key.removesuffix('_s').replace('_', ' ')} {words}"


def _part(key: str) -> Callable[[ComparedRun], str]:
    def told(run: ComparedRun) -> str:
        value = run.facts.profile.get(key)
        if key == "stages":
            return " then ".join(_stage(stage, open_loop=run.facts.open_loop) for stage in value or ())
        return "none" if value is None else f"{value:g} s" if key.endswith("_s") else str(value)

    return told


def _stage(stage: Mapping[str, Any], *, open_loop: bool) -> str:
    unit = "/s" if open_loop else " user" if stage["level"] == 1 else " users"
    ramp = f", ramp {stage['ramp_s']:g} s" if stage.get("ramp_s") else ""
    mix = f", {dict(stage['journeys'])}" if stage.get("journeys") else ""
    return f"{stage['level']:g}{unit} for {stage['for_s']:g} s{ramp}{mix}"


def _steps(a: Group, b: Group) -> Iterator[Difference]:
    """Steps that only one side made, though the other would have with the same mix."""
    counts = [_counts(group) for group in (a, b)]
    totals = [sum(found.values()) or 1 for found in counts]
    for own, other, name, its in ((0, 1, "A", "B"), (1, 0, "B", "A")):
        only = [
            step
            for step, count in counts[own].items()
            if not counts[other].get(step) and count / totals[own] * totals[other] >= EXPECTED_MIN
        ]
        if only:
            named = ", ".join(visible(step) for step in only[:NAMED_MAX])
            yield Difference("scenario", f"steps that {its} never made, but {name} did: {named}")


def _counts(group: Group) -> dict[str, int]:
    counts: dict[str, int] = {}
    for run in group.runs:
        for step in run.summary.steps:
            name = f"{step.name} of {step.journey}"
            counts[name] = counts.get(name, 0) + step.count
    return counts


def _servers(a: Group, b: Group) -> Iterator[Difference]:
    words = _apart(a, b, lambda run: run.facts.server.get("server_version", "").partition(" ")[0] or "no database")
    if words is not None:
        yield Difference("server", f"PostgreSQL: {words}")
    runs = (*a.runs, *b.runs)
    common = set.intersection(*(set(_settings(run)) for run in runs)) & SETTINGS
    apart = {name: _apart(a, b, _setting(name)) for name in sorted(common)}
    told = [f"{name} {words}" for name, words in apart.items() if words is not None]
    if told:
        more = f"; and {len(told) - NAMED_MAX} more" if len(told) > NAMED_MAX else ""
        yield Difference("settings", f"settings of the server: {'; '.join(told[:NAMED_MAX])}{more}")


def _setting(name: str) -> Callable[[ComparedRun], str]:
    return lambda run: _settings(run)[name]


def _settings(run: ComparedRun) -> Mapping[str, str]:
    return {**run.facts.server, **run.settings}


def _data(a: Group, b: Group) -> Iterator[Difference]:
    """By the medians of both sides: runs that write make their database grow."""
    sizes = [_median(run.data_bytes for run in group.runs) for group in (a, b)]
    if _differ(*sizes):
        yield Difference("data", f"the database: {format_bytes(sizes[0])} in A, {format_bytes(sizes[1])} in B")
    names = set.intersection(*(set(run.table_rows) for run in (*a.runs, *b.runs)))
    rows = {name: [_median(run.table_rows[name] for run in group.runs) for group in (a, b)] for name in sorted(names)}
    apart = {name: pair for name, pair in rows.items() if max(map(_number, pair)) >= TABLE_ROWS_MIN and _differ(*pair)}
    for name, pair in list(apart.items())[:NAMED_MAX]:
        told = " in A, ".join(format_count(round(_number(value))) for value in pair)
        yield Difference("data", f"rows of {visible(name)}: {told} in B")


def _median(values: Any) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _number(value: float | None) -> float:
    return value or 0.0


def _differ(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return False
    return abs(a - b) > SIZE_DIFFERS * max(a, b)


def _machines(a: Group, b: Group) -> Iterator[Difference]:
    words = _apart(a, b, _machine)
    if words is not None:
        yield Difference("machine", f"the load generator: {words}")


def _machine(run: ComparedRun) -> str:
    machine = run.facts.machine
    where = f"{len(run.facts.machines)} machines" if run.facts.machines else "one machine"
    return (
        f"{where} with {machine.get('cpus', '?')} CPUs, {run.facts.processes} processes, {machine.get('system', '?')}"
    )


_LOAD: Final[Sequence[tuple[str, str, Callable[[ComparedRun], str]]]] = (
    ("scenario", "scenario", lambda run: run.facts.scenario),
    ("connections", "connections", lambda run: run.facts.connections),
)
_REMARKED: Final[Mapping[str, Callable[[ComparedRun], str]]] = {
    "target": lambda run: _EMBEDDED_PORT.sub(r"\1", run.facts.target),
    "environment": lambda run: run.facts.environment,
    "workers": lambda run: run.workers,
    "seed, and with it the values that are drawn": lambda run: str(run.facts.seed),
    "what the scenario's file holds": lambda run: run.facts.scenario_digest,
    "Plimsoll": lambda run: run.facts.versions.get("plimsoll", "?"),
}
