"""Evidence made up by hand, small enough to read: what rules are tested with."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from plimsoll.analyze.accounting import account
from plimsoll.analyze.evidence.evidence import DatabaseEvidence, Evidence, Setting
from plimsoll.analyze.evidence.gauges import Gauges
from plimsoll.analyze.evidence.load import LoadEvidence, Second, StepLoad
from plimsoll.analyze.evidence.parallel import parallel_workers
from plimsoll.core.analysis import Stretch
from plimsoll.core.details import StatementRow, TableRow, WaitRow
from plimsoll.core.finding import Finding
from plimsoll.core.goal import parse_goal
from plimsoll.core.recorded import Dated
from plimsoll.core.sample import StepKind
from plimsoll.core.series.catalogue import info_of
from plimsoll.core.series.key import parse_series
from plimsoll.core.series.window import SeriesWindow
from plimsoll.core.summary import Summary
from plimsoll.core.verdict import Circumstances, Judge, RunIdentity, summarize

BEGAN_S = 1_785_585_600.0
GAUGES: Mapping[str, float] = {'database_active_sessions{wait="CPU"}': 1.0}
SETTING = Setting(open_loop=True, users_max=10, pool=None, processes=1)
Course = float | Sequence[float]  # of a gauge: the same each second, or a value a second


def evidence(
    *,
    seconds: int = 60,
    steps: Sequence[StepLoad] | None = None,
    gauges: Mapping[str, Course] = GAUGES,
    processes: Sequence[Dated] = (),
    goals: Sequence[str] = (),
    setting: Setting = SETTING,
    wait_ms: float = 0.0,
    lag_ms: float = 0.0,
    users: int = 10,
    cpu_share: float = 0.2,
    run_delay_share: float = 0.0,
    dropped_per_s: int = 0,
    journeys_per_s: int | None = None,
    journeys: Mapping[str, int] | None = None,
    **database: Any,
) -> Evidence:
    """A run of so many seconds, all alike. `steps` are over the whole run (without any: one of SQL, 100 requests/s of
    20 ms); times in ms are of a request, shares of a second. Everything else goes into `DatabaseEvidence`."""
    known = [step(count=100 * seconds, latency_ms=20.0)] if steps is None else list(steps)
    one = _second(known, seconds, wait_ms, lag_ms, users, journeys_per_s, dropped_per_s, cpu_share, run_delay_share)
    load = LoadEvidence(
        [one(second) for second in range(seconds)], sorted(known, key=lambda each: -each.latency_s), journeys or {}
    )
    watched = Gauges(
        {parse_series(name): _window(name, course, seconds) for name, course in gauges.items()},
        BEGAN_S, 0.0, float(seconds),
    )  # fmt: skip
    known_database = DatabaseEvidence(**{"counted_s": float(seconds), **database})
    return Evidence(
        summary=summary(tuple(goals)),
        setting=setting,
        stretch=Stretch(0.0, float(seconds), "all of it"),
        load=load,
        gauges=watched,
        accounting=account(load, watched, parallel_workers(known_database)),
        database=known_database,
        processes=processes,
    )


def step(
    name: str = "select",
    journey: str = "pay",
    kind: StepKind = "sql",
    *,
    count: int = 6_000,
    latency_ms: float = 20.0,
    service_ms: float | None = None,
    errors: Mapping[str, int] | None = None,
    connects: int = 0,
    **more: float,
) -> StepLoad:
    """`count` over the whole run; times are of a request. `more` are the figures that may be unknown."""
    service_s = count * (latency_ms if service_ms is None else service_ms) / 1000
    return StepLoad(
        journey, name, kind, count, errors or {}, count * latency_ms / 1000, service_s, latency_ms, 1.5 * latency_ms,
        connects, **more,
    )  # fmt: skip


def statement(
    query: str,
    *,
    calls: int = 6_000,
    mean_ms: float = 1.0,
    rows_per_call: float = 1.0,
    blocks_per_call: float = 4.0,
    read_per_call: float = 0.0,
    temp_per_call: float = 0.0,
    io_ms_per_call: float = 0.0,
    query_id: str = "",
    top_level: bool = True,
    user: str = "app",
    wal_bytes: int = 0,
    dirtied: int = 0,
) -> StatementRow:
    """`blocks_per_call` are found in shared buffers, `read_per_call` are not."""
    return StatementRow(
        query_id or str(sum(query.encode()) * 7919), user, calls, calls * mean_ms, round(calls * rows_per_call),
        round(calls * blocks_per_call), round(calls * read_per_call), dirtied, round(calls * temp_per_call), wal_bytes,
        calls * io_ms_per_call, top_level, query,
    )  # fmt: skip


def table(name: str, *, live_rows: int | None = 100_000, size_bytes: int | None = None, **changes: Any) -> TableRow:
    """A quiet table: nothing happened to it but what `changes` say. 100 bytes a row where no size is given."""
    counted = dict.fromkeys(
        ("sequential_scans", "sequential_rows", "index_scans", "inserted", "updated", "hot_updated", "deleted"), 0
    )
    known: dict[str, Any] = {
        "dead_rows": 0, "bloat_bytes": 0, "modified_since_analyze": 0, "vacuumed_s_ago": 600.0, "analyzed_s_ago": 600.0,
    }  # fmt: skip
    size = 100 * (live_rows or 0) if size_bytes is None else size_bytes
    return TableRow(**{"table": name, "live_rows": live_rows, "size_bytes": size, **counted, **known, **changes})


def waits(**sessions: float) -> list[WaitRow]:
    """Average active sessions of no statement in particular: `waits(CPU=1.2)`."""
    return [WaitRow(name, None, value) for name, value in sessions.items()]


def setting_facts(**values: str) -> Mapping[str, Any]:
    """As the run directory has them; for values with a unit write "4096 kB"."""
    return {name: _fact(value) for name, value in values.items()}


def index(table: str, columns: str, *, valid: bool = True, where: str = "") -> Mapping[str, Any]:
    """As the schema facts of a run have it: `evidence(schema={"indexes": [index("public.a", "id")]})`."""
    name = f"{table}_{columns.partition(',')[0]}_idx"
    definition = f"CREATE INDEX {name.partition('.')[2]} ON {table} USING btree ({columns})"
    return {
        "table": table, "index": name, "definition": f"{definition} WHERE {where}" if where else definition,
        "valid": valid, "unique": False, "primary": False, "size_bytes": 8_192,
    }  # fmt: skip


def node(kind: str, *children: Mapping[str, Any], rows: float = 1, width: int = 8, **said: Any) -> Mapping[str, Any]:
    """A node of a plan as the server writes it: `node("Seq Scan", rows=5, table="public.a", filter="(a.b = $1)")`.
    Children are outer, then inner, unless they say what they are."""
    schema, _, name = said.pop("table", "").rpartition(".")
    known = {"Schema": schema, "Relation Name": name, "Alias": said.pop("alias", name)} if name else {}
    named = {key.replace("_", " ").title(): value for key, value in said.items()}
    sides = ("Outer", "Inner", *["Member"] * len(children))
    below = [{"Parent Relationship": side, **child} for side, child in zip(sides, children, strict=False)]
    numbers = {"Plan Rows": rows, "Plan Width": width, "Startup Cost": 0.0, "Total Cost": rows}
    return {"Node Type": kind, **numbers, **known, **named, **({"Plans": below} if below else {})}


def plans(*pairs: tuple[StatementRow, Mapping[str, Any]]) -> Mapping[str, Any]:
    """`evidence(statements=[one], plans=plans((one, node("Seq Scan"))))`."""
    return {row.query_id: {"plan": plan} for row, plan in pairs}


def the_one(findings: Sequence[Finding]) -> Finding:
    assert len(findings) == 1, [finding.title for finding in findings]
    return findings[0]


@cache
def summary(goals: tuple[str, ...] = ()) -> Summary:
    """Valid, and otherwise of a run without any request: goals are missed all the same, which decides severity."""
    identity = RunIdentity(1, "20260801-120000-0a1", "pay.py", "dev", "steady", 1, "2026-08-01T12:00:00+00:00", 1, True)
    found = summarize(identity, Judge([parse_goal(goal) for goal in goals]), Circumstances("completed"))
    return replace(found, valid=True, invalid_because=())


def _fact(value: str) -> Mapping[str, Any]:
    number, _, unit = value.partition(" ")
    return {"value": number, "unit": unit or None, "source": "default", "pending_restart": False}


def _window(name: str, course: Course, seconds: int) -> SeriesWindow:
    values = [float(course)] * seconds if isinstance(course, int | float) else [float(one) for one in course]
    times = [BEGAN_S + second + 0.5 for second in range(len(values))]
    return SeriesWindow(parse_series(name), info_of(name.partition("{")[0]), 0.0, times, values, values, values)


def _second(
    steps: Sequence[StepLoad], seconds: int, wait_ms: float, lag_ms: float, users: int, journeys: int | None,
    dropped: int, cpu_share: float, run_delay_share: float,
) -> Any:  # fmt: skip
    requests = round(sum(step.count for step in steps) / seconds)
    latency_s = sum(step.latency_s for step in steps) / seconds
    p50 = 1000 * latency_s / requests if requests else None

    def one(start: int) -> Second:
        return Second(
            start_s=float(start), width_s=1.0, requests=requests, errors=round(sum(s.errors for s in steps) / seconds),
            dropped=dropped, journeys=requests if journeys is None else journeys, latency_s=latency_s,
            service_s=sum(step.service_s for step in steps) / seconds, wait_s=requests * wait_ms / 1000,
            lag_s=requests * lag_ms / 1000, p50_ms=p50, p95_ms=p50 and 1.5 * p50, users=users,
            in_flight=round(latency_s), target_rate_per_s=float(requests), cpu_s=cpu_share, run_delay_s=run_delay_share,
            wall_s=1.0, error_classes=_errors_a_second(steps, seconds),
        )  # fmt: skip

    return one


def _errors_a_second(steps: Sequence[StepLoad], seconds: int) -> Mapping[str, int]:
    names = {name for step in steps for name in step.error_classes}
    return {name: round(sum(step.error_classes.get(name, 0) for step in steps) / seconds) for name in names}
