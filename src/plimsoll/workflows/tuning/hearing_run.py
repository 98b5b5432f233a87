"""What a run's watch tells of the statements that the run made the database execute."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from math import inf
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncpg

from plimsoll.core.check import counted
from plimsoll.core.details import SQL_CHARACTERS_MAX
from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.core.recorded import Document
from plimsoll.core.tuning.query import LeftOut
from plimsoll.monitor.series.reader import SeriesReader
from plimsoll.postgres.dsn import read_target
from plimsoll.postgres.workload import find_statements, texts_of
from plimsoll.runs.directory import RUNS_ROOT, RunDirectory, find_run
from plimsoll.runs.facts import RunFacts
from plimsoll.settings.masking import MASK
from plimsoll.tune.workload.asked import Asked, Heard
from plimsoll.tune.workload.merging import merged
from plimsoll.tune.workload.platform import is_platform
from plimsoll.workflows.capturing.facts import reading
from plimsoll.workflows.recorded_run import kind_over_time, load_began_s
from plimsoll.workflows.target import TargetRequest, choose

_ENDS = "let the watch stay beside a run (no --no-watch), on a server with pg_stat_statements"


async def heard_in_run(connection: asyncpg.Connection, where: TargetRequest, run: Path, timeout_s: float) -> Heard:
    """`run` is a path, an id, the beginning of one, or "latest". Raises RunDirectoryError where there is none, and
    RefusedError where it has no statements."""
    directory = find_run((where.project or Path()) / RUNS_ROOT, str(run))
    if directory.is_live():
        raise UsageError("the run goes on", where=str(directory.path), remedy="wait for its end: plimsoll watch")
    facts = directory.read_facts()
    found = _statements(directory, facts)
    asked = asked_in(found["rows"])
    whole = await _whole_texts(connection, [one.id for one in asked if is_cut(one.text)], timeout_s)
    kept, cut = with_texts(asked, whole)
    database = await connection.fetchval("SELECT current_database()::text")
    return Heard(
        merged(kept),
        f"run {facts.run_id}",
        seconds=found["seconds"],
        left_out=cut,
        notes=[*_few(found), *_elsewhere(facts, where, database)],
    )


def _statements(directory: RunDirectory, facts: RunFacts) -> Document:
    if not directory.series_path.is_file():
        raise _nothing(facts, "nothing was watched beside it")
    with closing(SeriesReader(directory.series_path)) as reader:
        found = kind_over_time(reader, "statements", load_began_s(facts) + facts.warmup_s, inf)
    if found is None or not found["rows"]:
        raise _nothing(facts, "its watch saw no statement")
    return found


def _nothing(facts: RunFacts, why: str) -> RefusedError:
    return RefusedError("the run tells of no statement", where=facts.run_id, why=why, remedy=_ENDS)


def asked_in(rows: Sequence[Mapping[str, object]]) -> list[Asked]:
    """Statements that clients sent, of all roles together, without those of the platform."""
    together: defaultdict[str, list[Mapping[str, object]]] = defaultdict(list)
    for row in rows:
        if row.get("top_level", True) and row.get("query"):
            together[str(row["query"])].append(row)
    return [
        _asked(text, several)
        for text, several in together.items()
        if not is_platform(tuple(str(row.get("user") or "") for row in several))
    ]


def _asked(text: str, rows: Sequence[Mapping[str, object]]) -> Asked:
    calls, total_ms, count = (sum(_number(row.get(name)) for row in rows) for name in ("calls", "total_ms", "rows"))
    heaviest = max(rows, key=lambda row: _number(row.get("total_ms")))
    return Asked(text, calls, total_ms, count / max(1.0, calls), str(heaviest.get("query_id") or ""))


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def is_cut(text: str) -> bool:
    """Whether a run has less of a statement than was sent."""
    return len(text) >= SQL_CHARACTERS_MAX or MASK in text


def with_texts(asked: Sequence[Asked], whole: Mapping[str, str]) -> tuple[list[Asked], list[LeftOut]]:
    """With the whole texts by id; those that are cut and have none cannot be asked."""
    kept, cut = [], []
    for one in asked:
        text = whole.get(one.id, "") if is_cut(one.text) else one.text
        if text:
            kept.append(Asked(text, one.calls, one.total_ms, one.rows_per_call, one.id))
        else:
            cut.append(LeftOut(one.text, one.calls, one.total_ms, "the run has only a part of its text"))
    return kept, cut


async def _whole_texts(connection: asyncpg.Connection, ids: Sequence[str], timeout_s: float) -> Mapping[str, str]:
    """As the server still has them."""
    numbers = [int(one) for one in ids if one.lstrip("-").isdigit()]
    if not numbers:
        return {}
    try:
        async with reading(connection, timeout_s):
            schema, _ = await find_statements(connection)
            found = await texts_of(connection, schema, numbers)
    except (RefusedError, asyncpg.PostgresError):
        return {}
    return {str(number): text for number, text in found.items()}


def _few(found: Document) -> Iterator[str]:
    if found.get("left_out"):
        yield f"{counted(found['left_out'], 'statement')} of the run were too light to be recorded"


def _elsewhere(facts: RunFacts, where: TargetRequest, database: str) -> Iterator[str]:
    """Times and numbers of calls are those of where the run was made."""
    was = _place(facts.target)
    if was is not None and was != _here(where, database):
        yield f"the run was made on {facts.target}, not on this database: its times and numbers of calls are of there"


def _here(where: TargetRequest, database: str) -> tuple[str, str]:
    """As `_place`. The embedded server's port differs each time: its place is the environment."""
    environment = choose(where)
    dsn = where.dsn or (None if environment.is_embedded else environment.dsn(where.environ))
    place = _place(read_target(dsn, where.environ).display) if dsn is not None else None
    return place or ("", database)


def _place(display: str) -> tuple[str, str] | None:
    """Servers and database of what a target is shown as; None of what is no database. A server on this machine has no
    name: it may be reached in several ways, and its port may differ each time."""
    shown = next((part for part in display.split(" and ") if part.startswith("postgresql://")), "")
    parts = urlsplit(shown)
    if not shown:
        return None
    servers = parts.netloc.rpartition("@")[2]
    near = servers.startswith(("127.", "localhost", "[::1]", "%2F", "/"))
    return "" if near else servers, unquote(parts.path.lstrip("/"))
