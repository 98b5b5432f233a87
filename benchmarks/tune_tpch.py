"""Choosing indexes for TPC-H, beside the rules of other open advisors: by the planner's costs and by the clock.

    python benchmarks/tune_tpch.py [--sf 1] [--work DIR] [--timeout 120] [--write]

19 queries, each asked once, on tables without keys or indexes; the planner's costs are PostgreSQL's own. On PostgreSQL
15 they are asked of HypoPG (Debian's postgresql-15 and postgresql-15-hypopg), on PostgreSQL 18 ours of real builds;
there the other rules' indexes are those that they chose on 15, since they know no way but HypoPG. Every choice is then
built and timed on both. A plan that several choices have in common is timed once. What --work holds is gone on from.
"""

import asyncio
import json
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import asyncpg

from benchmarks._machine import machine
from benchmarks._tables import DOCUMENT, put, table
from benchmarks._throwaway import python_with
from benchmarks._tpch_data import GENERATOR, load
from benchmarks._tpch_peers import PEERS, Ground
from benchmarks._tpch_queries import TABLES, queries
from benchmarks._tpch_state import Found, State
from plimsoll.core.tuning.advice import Copy
from plimsoll.core.tuning.candidate import Candidate
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.core.tuning.index import Index
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.tuning.query import Query
from plimsoll.core.units import format_bytes
from plimsoll.embedded import PostgresServer, start_postgres
from plimsoll.embedded.binaries import PostgresBinaries
from plimsoll.postgres.dsn import read_target
from plimsoll.postgres.tuning_facts import read_facts
from plimsoll.tune.building.building import Build, Builds
from plimsoll.tune.building.room import BuildLimits
from plimsoll.tune.candidates.finding import candidates
from plimsoll.tune.choosing.choosing import choose, problem_for
from plimsoll.tune.cloning.clone import Clone
from plimsoll.tune.costing.built import Built
from plimsoll.tune.costing.costing import Costing
from plimsoll.tune.costing.hypothetical import find_hypothetical
from plimsoll.tune.costing.planning import plan_all, planned
from plimsoll.tune.until import Until

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
SETTINGS = {
    "shared_buffers": "1GB", "work_mem": "64MB", "jit": "off", "autovacuum": "off",
    "max_parallel_workers_per_gather": "0", "fsync": "off", "max_wal_size": "8GB",
}  # fmt: skip
# At scale 1; in proportion at others. A search by real builds takes a quarter of an hour, so two tell enough of it.
BUDGETS_MB = {"15": (256, 512, 1024, 2048, 3072), "18": (1024,)}
OURS = "plimsoll"
HYPOPG_S = 60.0
PLANNING_S = 10.0
Running = Callable[[PostgresServer, State, Namespace], Coroutine[None, None, None]]


@dataclass
class Place:
    """A server with the data, and what is known of it."""

    major: str
    connection: asyncpg.Connection
    clone: Clone
    facts: DatabaseFacts
    planned: Sequence[Planned]
    candidates: Sequence[Candidate]

    @property
    def queries(self) -> dict[str, Query]:
        return {one.query.id: one.query for one in self.planned}


def budgets(major: str, sf: float) -> dict[str, int | None]:
    limited = {format_bytes(round(mb * sf) * 2**20): round(mb * sf) * 2**20 for mb in BUDGETS_MB[major]}
    return {**limited, "none": None}


async def place_on(server: PostgresServer, state: State, options: Namespace) -> Place:
    """Loads what is not there yet."""
    major, dsn = str(server.binaries.major), server.dsn
    if not state.kept.loaded.get(major):
        await loaded(dsn, options.sf)
        state.kept.loaded[major] = True
        state.save()
    connection = await asyncpg.connect(dsn)
    await connection.execute("".join(f"SELECT count(*) FROM {name};" for name in TABLES))  # into memory
    clone = Clone(read_target(dsn, {}), Copy("", f"PostgreSQL {server.version}", 0, 0.0), superuser=True)
    facts = await read_facts(connection)
    asked = [Query(name, text, 1.0, 0.0) for name, text in queries(options.sf).items()]
    known = await plan_all(connection, asked, PLANNING_S)
    return Place(major, connection, clone, facts, known, candidates(known, facts))


async def loaded(dsn: str, sf: float) -> None:
    with python_with(GENERATOR) as (python, words):
        if python is None:
            raise SystemExit(words)
        began = time.monotonic()
        await load(dsn, python.parent / "tpchgen-cli", sf)
        say(f"loaded scale {sf:g} in {time.monotonic() - began:.0f} s by {words}")


async def choose_on(place: Place, state: State, costing: Costing, options: Namespace) -> None:
    """Ours, under every budget; the widest first, so that what is said of its seconds is all of the work."""
    for name, budget in reversed(budgets(place.major, options.sf).items()):
        if f"{OURS}/{name}" in state.kept.found.setdefault(place.major, {}):
            continue
        began = time.monotonic()
        limit = HYPOPG_S if place.major == "15" else options.search
        until = Until.within(limit, asyncio.Event())
        choice = await choose(place.planned, place.candidates, place.facts, costing, budget, until, say)
        indexes = tuple(one.change.index for one in choice.chosen if one.change.index is not None)
        keep(state, place.major, Found(OURS, name, indexes, time.monotonic() - began))
        say(f"{place.major} {OURS} {name}: {choice.words}; {', '.join(one.name for one in indexes)}")


async def peers_on(place: Place, state: State, costing: Costing, options: Namespace) -> None:
    ground = ground_of(place, costing)
    for name, budget in budgets(place.major, options.sf).items():
        for advisor, rule in PEERS.items():
            if f"{advisor}/{name}" in state.kept.found[place.major]:
                continue
            began = time.monotonic()
            indexes = tuple(sorted(await rule(ground, budget), key=lambda one: one.name))
            keep(state, place.major, Found(advisor, name, indexes, time.monotonic() - began))
            say(f"{place.major} {advisor} {name}: {', '.join(one.name for one in indexes)}")


def ground_of(place: Place, costing: Costing) -> Ground:
    """Columns by their prefixes, which TPC-H gives them; remarks are nobody's keys."""
    texts = {one.query.id: one.query.text for one in place.planned}
    named = " ".join(texts.values())
    columns = {
        table: [one.name for one in known.table.columns if one.name in named and not one.name.endswith("_comment")]
        for table, known in place.facts.tables.items()
    }
    reads = {
        query: frozenset(table for table, names in columns.items() if any(name in text for name in names))
        for query, text in texts.items()
    }
    size = problem_for(place.planned, [], place.facts, None, lambda index: None).size
    base = sum(one.bytes for one in place.facts.tables.values())
    return Ground(reads, columns, lambda query, indexes: costing.answer(place.queries[query], indexes), size, base)


async def measure_on(place: Place, state: State, options: Namespace) -> None:
    """Each choice built, planned and timed."""
    builds = Builds(place.clone, place.connection, BuildLimits(total_s=36000.0))
    before = await cost_with(place, builds, frozenset())
    none = await timed(place, state, options)
    state.kept.notes[f"none {place.major}"] = f"{none:.1f} s"
    for key, one in list(state.kept.found[place.major].items()):
        if one.measured is not None:
            continue
        built = [found for index in one.indexes if isinstance(found := await builds.build(index), Build)]
        cost = await cost_with(place, builds, frozenset(found.index for found in built))
        seconds = await timed(place, state, options)
        taken = sum(found.size_bytes for found in built)
        estimated = 100 * cost / before
        keep(state, place.major, replace(one, estimated=estimated, measured=seconds, bytes=taken))
        say(f"{place.major} {key}: {estimated:.1f} % by cost, {seconds:.1f} s, {format_bytes(taken)}")
    await builds.close()


async def cost_with(place: Place, builds: Builds, indexes: frozenset[Index]) -> float:
    await builds.show(indexes)
    return sum([(await planned(place.connection, query, PLANNING_S)).cost for query in place.queries.values()])


async def timed(place: Place, state: State, options: Namespace) -> float:
    """Seconds of all statements with the indexes that are seen now."""
    times = state.kept.times.setdefault(place.major, {})
    total = 0.0
    for name, query in place.queries.items():
        key = f"{name} {await plan_key(place.connection, query.text)}"
        if key not in times:
            times[key] = await seconds_of(place.connection, query.text, options.timeout)
            state.save()
        total += times[key]
    return total


async def plan_key(connection: asyncpg.Connection, text: str) -> str:
    said = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT JSON) {text}"))[0]["Plan"]
    return json.dumps(_shape(said), sort_keys=True)


def _shape(node: Mapping[str, object]) -> dict[str, object]:
    """A plan without its figures."""
    kept: dict[str, object] = {key: value for key, value in node.items() if not isinstance(value, int | float)}
    plans = node.get("Plans")
    return kept | {"Plans": [_shape(one) for one in plans]} if isinstance(plans, list) else kept


async def seconds_of(connection: asyncpg.Connection, text: str, timeout_s: float) -> float:
    """The better of two executions; one that is cut off counts its time limit."""
    best = timeout_s
    await connection.execute(f"SET statement_timeout = {round(timeout_s * 1000)}")
    for _ in range(2):
        began = time.monotonic()
        try:
            await connection.fetch(text, timeout=timeout_s + 30)
        except asyncpg.QueryCanceledError:
            break
        best = min(best, time.monotonic() - began)
        if best > timeout_s / 4:
            break
    await connection.execute("RESET statement_timeout")
    return best


def keep(state: State, major: str, found: Found) -> None:
    state.kept.found[major][f"{found.advisor}/{found.budget}"] = found
    state.save()


async def run_15(server: PostgresServer, state: State, options: Namespace) -> None:
    place = await place_on(server, state, options)
    await place.connection.execute("CREATE EXTENSION IF NOT EXISTS hypopg")
    costing = await find_hypothetical(place.connection, PLANNING_S)
    assert costing is not None
    costing.kept_max = 1000  # one of the rules asks for all pairs of columns at once
    await choose_on(place, state, costing, options)
    await peers_on(place, state, costing, options)
    await costing.close()
    await measure_on(place, state, options)
    await place.connection.close()


async def run_18(server: PostgresServer, state: State, options: Namespace) -> None:
    place = await place_on(server, state, options)
    builds = Builds(place.clone, place.connection, BuildLimits(total_s=36000.0, bytes_max=options.room * 2**30))
    await choose_on(place, state, Built(builds, PLANNING_S), options)
    say(f"18: {builds.seconds:.0f} s of building")
    await builds.close()
    for key, one in state.kept.found["15"].items():
        if one.advisor in PEERS and one.budget in budgets("18", options.sf):
            state.kept.found["18"].setdefault(key, replace(one, estimated=None, measured=None, bytes=None))
    await measure_on(place, state, options)
    await place.connection.close()


def report(state: State, options: Namespace) -> str:
    lines: list[str] = []
    for major, words in (("15", "costs by HypoPG"), ("18", "costs by real builds")):
        found = state.kept.found.get(major)
        if found:
            none = state.kept.notes.get(f"none {major}", "?")
            cut = len(cut_off(state.kept.times.get(major, {}), options))
            said = f"without an index 100 % / {none}" + (f", {cut} cut off" if cut else "")
            lines += [f"PostgreSQL {major}, {words}; {said}:", "", *rows(major, found, options), ""]
    hopeless = sorted({name for times in state.kept.times.values() for name in cut_off(times, options)})
    ended = f"ended after {HYPOPG_S:g} s, by real builds after {options.search:g} s"
    notes = (
        "by the planner's cost in % of that without an index / by the clock (what the indexes take, built; the search)",
        f"scale {options.sf:g}; cut off at {options.timeout:g} s, and counted so: {', '.join(hopeless) or 'nothing'}",
        f"a search is {ended}",
        f"measured on {machine()}",
        f"`python benchmarks/tune_tpch.py --sf {options.sf:g}`",
    )
    return "\n".join([*lines, *(f"- {note}" for note in notes)])


def cut_off(times: Mapping[str, float], options: Namespace) -> set[str]:
    """Statements that some plan is hopeless for."""
    return {key.partition(" ")[0] for key, seconds in times.items() if seconds >= options.timeout}


def rows(major: str, found: Mapping[str, Found], options: Namespace) -> list[str]:
    names = list(budgets(major, options.sf))
    body = [
        [advisor, *(cell(found.get(f"{advisor}/{name}")) for name in names)] for advisor in (OURS, *PEERS)
    ]  # fmt: skip
    return table(["advisor", *(f"budget {name}" for name in names)], body)


def cell(one: Found | None) -> str:
    if one is None or one.estimated is None or one.measured is None:
        return "–"
    return f"{one.estimated:.1f} % / {one.measured:.1f} s ({format_bytes(one.bytes or 0)}; {one.seconds:.0f} s)"


def say(line: str) -> None:
    print(line, flush=True)


def read_options() -> Namespace:
    parser = ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--sf", type=float, default=1.0, help="TPC-H's scale factor (1)")
    parser.add_argument("--work", type=Path, help="keeps data and results there, and goes on from them")
    parser.add_argument("--timeout", type=float, default=120.0, help="seconds of one execution (120)")
    parser.add_argument("--search", type=float, default=1200.0, help="seconds of a search by real builds (1200)")
    parser.add_argument("--room", type=int, default=20, help="GiB that real builds may take at once (20)")
    parser.add_argument("--write", action="store_true", help="also put the tables into docs/benchmarks.md")
    return parser.parse_args()


def main() -> None:
    options = read_options()
    runs: list[tuple[str, PostgresBinaries | None, Running]] = [
        ("15", PostgresBinaries(DEBIAN_15), run_15), ("18", None, run_18),
    ]  # fmt: skip
    with ExitStack() as stack:
        work = options.work or Path(stack.enter_context(TemporaryDirectory(prefix="plimsoll-tpch-")))
        work.mkdir(parents=True, exist_ok=True)
        state = State.at(work / f"tpch-{options.sf:g}.json")
        for major, binaries, run in runs:
            with start_postgres(work / f"data-{major}-{options.sf:g}", binaries=binaries, settings=SETTINGS) as server:
                asyncio.run(run(server, state, options))
        text = report(state, options)
        print(text)
        if options.write:
            put(DOCUMENT, "tune_tpch", text)


if __name__ == "__main__":
    main()
