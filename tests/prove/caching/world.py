"""The tables that histories are written in, the questions that caches answer of them, and what an answer tells.

Every answer is rows of (id, version). A question for one row is judged as one read; one for the rows of an organization
as one read of each row that is in it or might be.
"""

from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple

from plimsoll.testing.staleness import Read

ITEMS: Final = 40
ORGS: Final = 8
CROWD: Final = 150  # more than 100, above which a statement writes a whole family
WARDS: Final = 4  # that the crowd is in, few enough for tags of their own
SCRATCH: Final = 10
PARTS: Final = 10  # ids from 0 on are in one partition, from PARTS on in the other
SEED_VERSION: Final = 1

SETUP: Final = f"""
CREATE TABLE items (id int PRIMARY KEY, org int NOT NULL, version bigint NOT NULL, hits int NOT NULL DEFAULT 0);
CREATE TABLE crowd (id int PRIMARY KEY, version bigint NOT NULL, ward int GENERATED ALWAYS AS (id % {WARDS}) STORED);
CREATE TABLE scratch (id int PRIMARY KEY, version bigint NOT NULL);
CREATE TABLE parts (id int PRIMARY KEY, version bigint NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE parts_low PARTITION OF parts FOR VALUES FROM (0) TO ({PARTS});
CREATE TABLE parts_high PARTITION OF parts FOR VALUES FROM ({PARTS}) TO ({2 * PARTS});
CREATE TABLE shapes (id int PRIMARY KEY);
CREATE UNLOGGED TABLE announced (id bigserial PRIMARY KEY, tags text[] NOT NULL);
INSERT INTO items SELECT i, i % {ORGS}, {SEED_VERSION} FROM generate_series(0, {ITEMS - 1}) i;
INSERT INTO crowd SELECT i, {SEED_VERSION} FROM generate_series(0, {CROWD - 1}) i;
INSERT INTO scratch SELECT i, {SEED_VERSION} FROM generate_series(0, {SCRATCH - 1}) i;
INSERT INTO parts SELECT i, {SEED_VERSION} FROM generate_series(0, {2 * PARTS - 1}) i;
INSERT INTO shapes VALUES (0)
"""
WATCHES: Final = (
    "public.items=item:{id},org:{org} when id, version",
    "public.crowd=crowd:{id},ward:{ward}",
    "public.scratch=scratch:{id}",
    "public.parts=part:{id}",
    "public.shapes=shape:{id}",
)

Kind = Literal["item", "copy", "org", "again", "crowd", "ward", "scratch", "part", "shape"]
Rows = list[tuple[int, int]]  # id, version

_SQL: Final[dict[Kind, str]] = {
    "item": "SELECT id, version FROM items WHERE id = $1",
    "copy": "SELECT id, version FROM items WHERE id = $1",
    "org": "SELECT id, version FROM items WHERE org = $1 ORDER BY id",
    "again": "SELECT id, version FROM items WHERE org = $1 ORDER BY id DESC",
    "crowd": "SELECT id, version FROM crowd WHERE id = $1",
    "ward": "SELECT id, version FROM crowd WHERE ward = $1",
    "scratch": "SELECT id, version FROM scratch WHERE id = $1",
    "part": "SELECT id, version FROM parts WHERE id = $1",
    "shape": "SELECT s.id, count(*) FROM shapes s, jsonb_object_keys(to_jsonb(s)) WHERE s.id = $1 GROUP BY 1",
}
_COUNTS: Final[dict[Kind, int]] = {
    "item": ITEMS,
    "copy": ITEMS,
    "org": ORGS,
    "again": ORGS,
    "crowd": CROWD,
    "ward": WARDS,
    "scratch": SCRATCH,
    "part": 2 * PARTS,
    "shape": 1,
}
_SAME: Final[dict[Kind, Kind]] = {"again": "org", "copy": "item"}  # another key, the same rows


class Asked(NamedTuple):
    """One question: what an application would put into its cache under one key."""

    kind: Kind
    number: int

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.number}"

    @property
    def sql(self) -> str:
        """With the number as $1."""
        return _SQL[self.kind]

    @property
    def tag(self) -> str:
        """Two questions of an organization share its tag, and a row has that of its copy."""
        return f"{_SAME.get(self.kind, self.kind)}:{self.number}"


def questions(kinds: Sequence[Kind]) -> tuple[Asked, ...]:
    """All that may be asked; of the crowd only some rows, so that each is asked for often."""
    return tuple(Asked(kind, number) for kind in kinds for number in range(min(_COUNTS[kind], ITEMS)))


def homes(item: int) -> tuple[int, int]:
    """The two organizations that a row may be in."""
    return item % ORGS, (item + 1) % ORGS


def listed(org: int, item: int) -> str:
    """The key by which it is judged whether and as what a row is listed."""
    return f"org:{org}/{item}"


def reads_of(asked: Asked, rows: Rows, began_s: float, ended_s: float, served: str, process: str) -> Iterator[Read]:
    """What the answer tells of each row that it is about."""
    found = dict(rows)
    if asked.kind == "ward":
        yield from (Read(f"crowd:{one}", found[one], began_s, ended_s, served, process) for one in found)
        return
    if asked.kind not in ("org", "again"):
        yield Read(asked.tag, found.get(asked.number), began_s, ended_s, served, process)
        return
    for item in range(ITEMS):
        if asked.number in homes(item):
            key = listed(asked.number, item)
            yield Read(key, found.get(item), began_s, ended_s, served, process)


def seeded() -> Iterator[tuple[str, int, bool]]:
    """Key, version and absence of all that there is in the beginning."""
    for kind, count in _COUNTS.items():
        if kind not in ("org", "ward", *_SAME):
            yield from ((f"{kind}:{number}", SEED_VERSION, False) for number in range(count))
    for item in range(ITEMS):
        home, other = homes(item)
        yield listed(home, item), SEED_VERSION, False
        yield listed(other, item), SEED_VERSION, True
