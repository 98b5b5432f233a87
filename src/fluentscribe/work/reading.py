"""What an analysis needs of the database: the session, its project's terms, and its segments, batch by batch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fluentscribe.checks.running import Languages
from fluentscribe.checks.settings import Forbidden, Settings, Term
from fluentscribe.formats.values import Tag, Text, Unit
from fluentscribe.scoring.profile import Profile, read_profile

BATCH = 1_000  # segments: some hundred kilobytes

SESSION = """
SELECT s.project_id, s.source_language, s.target_language, s.status, p.mqm_profile
FROM qa_sessions s JOIN projects p ON p.id = s.project_id WHERE s.id = $1
"""
TOTAL = "SELECT count(*) FROM qa_segments WHERE session_id = $1"
TERMS = """
SELECT source_term, target_term, forbidden, case_sensitive FROM project_terms WHERE project_id = $1 ORDER BY id
"""
SEGMENTS = """
SELECT seq, unit_id, source, target, source_tags, target_tags, state, note, length_max, locked FROM qa_segments
WHERE session_id = $1 AND seq > $2 ORDER BY seq LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be analysed, and by which rules. `status` is the session's before."""

    project: UUID
    languages: Languages
    status: str
    settings: Settings
    segments: int

    @property
    def decided(self) -> bool:
        return decided(self.status)


def decided(status: str) -> bool:
    """People have judged the session: no analysis changes that."""
    return status in ("approved", "rejected")


async def read_task(db: Any, session: UUID) -> tuple[Task, list[Unit]]:
    """With the first units; none of a session that was decided."""
    row = await db.fetchrow(SESSION, session)
    settings = settings_of(await db.fetch(TERMS, row["project_id"]), read_profile(row["mqm_profile"]))
    first = [] if decided(row["status"]) else await read_units(db, session, 0)
    whole = 0 < len(first) < BATCH
    segments = len(first) if whole else await db.fetchval(TOTAL, session)
    languages = Languages(row["source_language"], row["target_language"])
    return Task(row["project_id"], languages, row["status"], settings, segments), first


async def read_units(db: Any, session: UUID, after: int) -> list[Unit]:
    """The next BATCH after segment `after`; none at the end."""
    return [unit_of(row) for row in await db.fetch(SEGMENTS, session, after, BATCH)]


def unit_of(row: Mapping[str, Any]) -> Unit:
    return Unit(
        seq=row["seq"],
        id=row["unit_id"],
        source=_text(row["source"], row["source_tags"]),
        target=_text(row["target"], row["target_tags"]),
        state=row["state"],
        note=row["note"] or "",
        length_max=row["length_max"],
        locked=row["locked"],
    )


def _text(plain: str, tags: Sequence[Sequence[Any]] | None) -> Text:
    return Text(plain, tuple(Tag(*tag) for tag in tags or ()))


def settings_of(terms: Iterable[Mapping[str, Any]], profile: Profile) -> Settings:
    """A term's translations belong together; a forbidden word's source says what to say instead."""
    rows = list(terms)
    targets: dict[tuple[str, bool], list[str]] = {}
    for row in rows:
        if not row["forbidden"]:
            targets.setdefault((row["source_term"], row["case_sensitive"]), []).append(row["target_term"])
    instead: dict[str | None, str] = {}
    for (source, _), said in targets.items():
        instead.setdefault(source, said[0])
    return Settings(
        terms=tuple(Term(source, tuple(said), exact) for (source, exact), said in targets.items()),
        forbidden=tuple(
            Forbidden(row["target_term"], instead.get(row["source_term"], ""), row["case_sensitive"])
            for row in rows
            if row["forbidden"]
        ),
        off=profile.off,
        severities=profile.severities,
    )
