"""What caches report, in words; and `plimsoll cache invalidate`: dropping tags by hand in all of them."""

import asyncio
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from plimsoll.changes.caches import SeenCache, unwritten, write_tags
from plimsoll.changes.installing import Status
from plimsoll.core.cache_report import unwritten_families
from plimsoll.core.check import counted
from plimsoll.core.errors import RefusedError
from plimsoll.core.tag_text import checked_tags, typed_tags
from plimsoll.core.units import format_bytes, format_count, format_ms, format_share
from plimsoll.monitor.collecting.collector import CollectorLostError
from plimsoll.postgres.connecting import connect
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.settings.masking import mask
from plimsoll.workflows.cache_changes import opened_database
from plimsoll.workflows.target import TargetRequest
from plimsoll.workflows.watch_target import WatchedTarget

CONNECT_S: Final = 4.0
WRITE_S: Final = 4.0
SHOWN_MAX: Final = 20  # processes on a terminal; --json has all


@dataclass(frozen=True, slots=True)
class Dropped:
    """Where it was done, by which transaction, and which tags no watched table writes and no cache is known to have."""

    where: str
    tags: tuple[str, ...]
    xid: int
    unwritten: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"where": self.where, "tags": list(self.tags), "xid": str(self.xid), "unwritten": list(self.unwritten)}

    def lines(self) -> Iterator[str]:
        """Tags as a shell has them, so that it is seen where one ends."""
        yield f"{shlex.join(self.tags)}: dropped by whoever follows {self.where}, by transaction {self.xid}"
        if self.unwritten:
            unwritten = shlex.join(self.unwritten)
            yield f"note: no watched table writes {unwritten}, and no cache is known to keep such values"


async def where_dropped(where: TargetRequest, tags: Sequence[str]) -> str:
    """The database in which the tags would be dropped. Raises as `invalidate`, and drops nothing."""
    typed_tags(tags)
    async with opened_database(where) as (opened, _):
        return opened.display


async def invalidate(where: TargetRequest, tags: Sequence[str]) -> Dropped:
    """Raises UsageError for what is no tag, RefusedError where it may not be done."""
    checked = typed_tags(tags)
    # In a transaction: behind a pooler all that belongs to a statement goes to one session.
    async with opened_database(where) as (opened, connection), connection.transaction():
        xid = await write_tags(connection, checked)
        return Dropped(opened.display, checked, xid, await unwritten(connection, checked))


async def invalidate_watched(watched: WatchedTarget | None, tags: Sequence[str]) -> Dropped:
    """In the database that is watched, by the role that watches. Raises as `invalidate`.

    A protected one is refused: there somebody has to say at a terminal that it is meant.
    """
    checked = checked_tags(tags)
    if watched is None or watched.locate is None:
        raise RefusedError("nothing was dropped", why="no database is watched", remedy="plimsoll watch --env NAME")
    if watched.environment.protected:
        name = watched.environment.name
        raise RefusedError(
            "nothing was dropped",
            why=f"the database is protected: environment {name!r}",
            remedy=f"plimsoll cache invalidate --env {name} --allow-protected {name} {shlex.join(checked)}",
        )
    try:
        connection = await connect(watched.locate(), prepared=watched.prepared, timeout_s=CONNECT_S)
    except CollectorLostError as error:
        raise RefusedError("nothing was dropped", why=str(error), remedy=error.remedy) from None
    try:
        async with asyncio.timeout(WRITE_S), connection.transaction():
            xid = await write_tags(connection, checked)
            return Dropped(watched.display, checked, xid, await unwritten(connection, checked))
    except (*FOREIGN, TimeoutError) as error:
        why = mask(" ".join(str(error).split())) or f"no answer within {WRITE_S:g} s"
        raise RefusedError("it is not known whether anything was dropped", why=why, remedy="try again") from None
    finally:
        connection.terminate()


def unwritten_of(found: Status) -> dict[str, int]:
    """Families of tags that values carry and nobody writes, with how many values were filled by them."""
    written = {template.family for one in found.installed for template in one.watch.templates}
    return unwritten_families((one.report for one in found.caches or () if one.report is not None), written)


def unwritten_lines(families: Mapping[str, int]) -> Iterator[str]:
    if families:
        named = ", ".join(f"{name} ({counted(count, 'value')})" for name, count in families.items())
        yield f"tags that nobody writes: {named}: misspelt, or plimsoll cache install has to be run again"


def are_well(caches: Sequence[SeenCache] | None) -> bool:
    """Whether all go on reporting, none is passed by for want of news, none is without its tier 2, and none was found
    to serve what was stale."""
    reports = [one.report for one in caches or () if one.report is not None]
    return not any(one.is_silent for one in caches or ()) and not any(
        one.is_behind or one.shared_trouble or (one.audit is not None and one.audit.stale) for one in reports
    )


def caches_json(caches: Sequence[SeenCache] | None) -> list[dict[str, Any]] | None:
    """None where they are not known."""
    return (
        None
        if caches is None
        else [
            {
                "name": one.name,
                "instance": one.instance,
                "role": one.role,
                "seen_s_ago": one.seen_s_ago,
                "silent": one.is_silent,
                "report": None if one.report is None else one.report.to_json(),
            }
            for one in caches
        ]
    )


def caches_lines(caches: Sequence[SeenCache] | None) -> Iterator[str]:
    """A line for each process, and what is wrong with it below."""
    if caches is None:
        yield "Which caches report is not known: the changelog is of an earlier version: plimsoll cache install"
        return
    if not caches:
        yield "No cache reports: one that follows this database does, if its role is a --reader"
        return
    yield f"{_many(len(caches), 'process', 'processes')} with a cache:"
    for one in caches[:SHOWN_MAX]:
        yield from _lines(one)
    if len(caches) > SHOWN_MAX:
        yield f"  … and {len(caches) - SHOWN_MAX} more: --json has all"


def _lines(one: SeenCache) -> Iterator[str]:
    found, silent = one.report, f"    silent for {one.seen_s_ago:.0f} s: passing itself by, stopped, or gone"
    if found is None:
        yield f"  {one.name} {one.instance}: what it tells cannot be read"
        yield from [silent] if one.is_silent else ()
        return
    share = sum(found.hits.values()) / found.asked if found.asked else None
    hits = f"{format_share(share)} of {format_count(found.asked)} reads are hits" if found.asked else "no reads yet"
    held = (
        f"{format_bytes(found.bytes)} of {format_bytes(found.bytes_max)} in {_many(found.entries, 'entry', 'entries')}"
    )
    age = "follows no changes" if found.staleness_s is None else f"at most {format_ms(_ms(found.age_s))} old"
    yield f"  {one.name} {one.instance}: {hits}; {held}; {age}; reported {one.seen_s_ago:.0f} s ago"
    if one.is_silent:
        yield silent
    if found.is_behind:
        why = found.trouble or "it hears nothing of changes"
        yield f"    passed by, since what it holds may be too old: {why}"
    if found.shared_trouble:
        yield f"    tier 2 is passed by: {found.shared_trouble}"
    if found.audit is not None and found.audit.stale:
        yield f"    the audit found {counted(found.audit.stale, 'stale value')}: {', '.join(found.audit.found)}"


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000


def _many(number: int, one: str, many: str) -> str:
    return f"{format_count(number)} {one if number == 1 else many}"
