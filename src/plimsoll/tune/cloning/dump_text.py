"""What pg_dump is asked for, and the entries of the schema that it writes. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

LOCK_WAIT_MS: Final = 5_000  # what alters a table makes us give up, not wait: others would queue behind us

_ALWAYS: Final = (
    "--no-password", "--format=plain",  "--no-tablespaces", "--no-publications",
    "--no-subscriptions", "--no-security-labels", "--no-comments", "--no-blobs", f"--lock-wait-timeout={LOCK_WAIT_MS}",
)  # fmt: skip
_BARE: Final = ("--no-owner", "--no-privileges")
SCHEMA_SECTIONS: Final = ("--section=pre-data", "--section=post-data")
DATA_SECTION: Final = ("--section=data",)

# What comes when the rows are there.
_AFTER_DATA: Final = frozenset(
    {"INDEX", "INDEX ATTACH", "CONSTRAINT", "FK CONSTRAINT", "CHECK CONSTRAINT", "TRIGGER", "RULE", "POLICY"}
    | {"ROW SECURITY", "STATISTICS", "MATERIALIZED VIEW DATA", "EVENT TRIGGER"}
)
# Of no use to a copy, and not harmless: they act by themselves, or hold passwords for other servers.
_LEFT_OUT: Final = frozenset(
    {"EVENT TRIGGER", "USER MAPPING", "COMMENT", "SECURITY LABEL", "PUBLICATION", "SUBSCRIPTION"}
    | {"PUBLICATION TABLE", "PUBLICATION TABLES IN SCHEMA", "SUBSCRIPTION TABLE"}
)
# Without them the copy plans and writes as it would with them, or says so when it is asked.
BEARABLE: Final = frozenset({"ACL", "DEFAULT ACL", "MATERIALIZED VIEW DATA", "FK CONSTRAINT", "CAST", "TRANSFORM"})

_HEADER: Final = re.compile(
    r"^--\n-- Name: (?P<name>.*); Type: (?P<kind>[A-Z ]+); Schema: (?P<schema>.*?); Owner: ?(?P<owner>.*)\n--\n",
    re.MULTILINE,
)
# Commands of psql's at the beginning and the end, and what our own connection has settled already.
_META: Final = re.compile(r"^(?:\\(?:un)?restrict .*|SET client_encoding = .*;)$", re.MULTILINE)
_EXTENSION_IN: Final = re.compile(r"^CREATE EXTENSION .* WITH SCHEMA (.+);$", re.MULTILINE)
_SESSION: Final = re.compile(r"^SET default_\w+ = .*;$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One object of a dump: `kind` as pg_dump names it ("TABLE", "FK CONSTRAINT"), "" for what goes before them all."""

    kind: str
    schema: str
    name: str
    sql: str

    @property
    def words(self) -> str:
        """For people: "index orders_pkey"."""
        return f"{self.kind.lower()} {self.name}".strip()


def dump_argv(
    program: str,
    sections: Sequence[str],
    snapshot: str,
    schemas: Sequence[str],
    extensions: Sequence[str],
    left_out: Sequence[str] = (),
    *,
    encoding: str = "UTF8",
    bare: bool = False,
) -> list[str]:
    """Arguments of pg_dump, without any that says where: that is in its environment. With `schemas` only those are
    dumped, and `extensions`; `left_out` are tables of extensions that the copy has not. `bare` is without
    owners and rights."""
    chosen = [f"--schema={exactly(name)}" for name in schemas]
    with_them = [f"--extension={exactly(name)}" for name in extensions] if schemas else []
    without = [f"--exclude-table={name}" for name in left_out]
    return [
        program,
        *_ALWAYS,
        f"--encoding={encoding}",
        *sections,
        f"--snapshot={snapshot}",
        *chosen,
        *with_them,
        *without,
        *(_BARE if bare else ()),
    ]


def exactly(name: str) -> str:
    """A name as a pattern that fits it alone."""
    return '"' + name.replace('"', '""') + '"'


def entries_of(text: str) -> list[Entry]:
    """The entries of a schema that pg_dump wrote, in order."""
    found = list(_HEADER.finditer(text))
    ends = [one.start() for one in found] + [len(text)]
    first = Entry("", "", "", _META.sub("", text[: ends[0]]))
    rest = [
        Entry(one["kind"], _schema(one["schema"]), one["name"], text[one.end() : end])
        for one, end in zip(found, ends[1:], strict=True)
    ]
    if rest:
        last = rest[-1]
        rest[-1] = Entry(last.kind, last.schema, last.name, _META.sub("", last.sql))
    return [first, *rest]


def _schema(said: str) -> str:
    return "" if said == "-" else said


def parted(entries: Sequence[Entry]) -> tuple[list[Entry], list[Entry]]:
    """What goes before the rows, and what after."""
    at = next((number for number, one in enumerate(entries) if one.kind in _AFTER_DATA), len(entries))
    return list(entries[:at]), list(entries[at:])


def wanted(entries: Sequence[Entry], extensions_left_out: frozenset[str]) -> Iterator[Entry]:
    """Those that the copy gets. Of one that it does not get what it sets for those after it stays."""
    for one in entries:
        if one.kind in _LEFT_OUT or (one.kind == "EXTENSION" and one.name in extensions_left_out):
            kept = "\n".join(_SESSION.findall(one.sql))
            if kept:
                yield Entry("", "", "", kept)
        elif one.kind == "SCHEMA":  # a new database has `public`, which is dumped where it was asked for
            yield replace(one, sql=one.sql.replace("CREATE SCHEMA ", "CREATE SCHEMA IF NOT EXISTS ", 1))
        elif one.kind == "EXTENSION":
            yield replace(one, sql=_schema_of_extension(one.sql) + one.sql)
        else:
            yield one


def _schema_of_extension(sql: str) -> str:
    """Makes the schema that it is to be in, which is not dumped where only others were asked for."""
    found = _EXTENSION_IN.search(sql)
    return f"CREATE SCHEMA IF NOT EXISTS {found[1]};\n" if found and found[1] != "pg_catalog" else ""
