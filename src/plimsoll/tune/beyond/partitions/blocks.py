"""Blocks of PL/pgSQL that carry what belongs to a table over to another one, under one lock and in one transaction.

They read the catalog when they run, so that what has been added since the advice is carried over, too. Lines are
indented: what divides an undo into statements is a line that begins one. Pure.
"""

from collections.abc import Sequence
from typing import Final

from plimsoll.core.identifiers import TableName, quote_identifier
from plimsoll.tune.beyond.partitions.catalog_texts import AGAINST, LATER, RIGHTS
from plimsoll.tune.migrating.catalog_checks import literal

# Others wait behind us, and who holds what we wait for may wait for us: the server breaks such a ring after a second
# (deadlock_timeout), at the cost of either. So we give up first.
WAIT_MS: Final = 500

_DECLARE: Final = """DO $plimsoll$
  DECLARE
    was CONSTANT regclass := to_regclass({was});
    becomes CONSTANT regclass := to_regclass({becomes});
    texts text[];
    identities jsonb := '[]';
    one text;
    each record;
    last_at bigint;
    last_called boolean;
  BEGIN
    PERFORM set_config('search_path', '', true), set_config('row_security', 'off', true),
            set_config('lock_timeout', '{wait_ms}', true);{guard}
    LOCK TABLE {was_name}, {becomes_name} IN ACCESS EXCLUSIVE MODE;{again}"""

_AGAIN: Final = f"""
    SELECT string_agg(reason, '; ') INTO one FROM ({AGAINST}
    ) AS reasons (reason);
    IF one IS NOT NULL THEN
      RAISE EXCEPTION 'the table is not divided: %', one;  -- since the first look
    END IF;"""
_GUARD: Final = """
    IF was IS NULL OR becomes IS NULL THEN
      RETURN;
    END IF;"""

# Where numbers go on, and what their sequence was called.
_IDENTITIES: Final = """
    FOR each IN SELECT attname, attidentity, pg_get_serial_sequence(was::text, attname) AS name, s.relname
      FROM pg_attribute, pg_class s WHERE attrelid = was AND attnum > 0 AND NOT attisdropped AND attidentity <> ''
       AND s.oid = pg_get_serial_sequence(was::text, attname)::regclass LOOP
      EXECUTE format('SELECT last_value, is_called FROM %s', each.name) INTO last_at, last_called;
      identities := identities || jsonb_build_object('column', each.attname, 'kind', each.attidentity,
                                                     'name', each.relname, 'at', last_at, 'is_called', last_called);
    END LOOP;"""


_LATER_DONE: Final = "    FOREACH one IN ARRAY texts LOOP\n      EXECUTE one;\n    END LOOP;"
_LAST: Final = "  END $plimsoll$"


def preflight(table: TableName) -> str:
    """Fails, and says why, where something cannot be carried over."""
    return f"""DO $plimsoll$
  DECLARE
    was CONSTANT regclass := {literal(table.quoted)};
    against text;
  BEGIN
    PERFORM set_config('search_path', '', true);
    IF (SELECT relkind FROM pg_class WHERE oid = was) = 'p' THEN
      RETURN;  -- by an earlier try
    END IF;
    SELECT string_agg(reason, '; ') INTO against FROM ({AGAINST}
    ) AS reasons (reason);
    IF against IS NOT NULL THEN
      RAISE EXCEPTION 'the table is not divided: %', against;
    END IF;
  END $plimsoll$"""


def foreign_keys(table: TableName, whole: TableName) -> str:
    """The table's own foreign keys on the empty one; those of the old are joined with them, and not checked again."""
    return f"""DO $plimsoll$
  DECLARE
    was CONSTANT regclass := {literal(table.quoted)};
    becomes CONSTANT regclass := to_regclass({literal(whole.quoted)});
    one text;
  BEGIN
    PERFORM set_config('search_path', '', true);
    FOR one IN
      SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', becomes::text, c.conname, pg_get_constraintdef(c.oid))
      FROM pg_constraint c WHERE c.conrelid = was AND c.contype = 'f' AND becomes IS NOT NULL
       AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conrelid = becomes AND o.conname = c.conname) LOOP
      EXECUTE one;
    END LOOP;
  END $plimsoll$"""


def swap(
    table: TableName, whole: TableName, old: TableName, attach: str, keys: Sequence[str], ends: Sequence[str]
) -> str:
    """The partitioned table takes the table's name, and the table becomes a partition of it. `keys` are statements on
    the table under its own name, `ends` those after all."""
    return "\n".join(
        [
            _declare(table, whole),
            *_begin(),
            *_lines(keys),
            _identities_moved(),
            *_lines([_renamed(table, old), _renamed(whole, table), attach]),
            _index_names("becomes", "was"),
            *_lines(ends),
            _LATER_DONE,
            _LAST,
        ]
    )  # fmt: skip


def swap_back(table: TableName, whole: TableName, old: TableName, columns: Sequence[str]) -> str:
    """The old partition is the table again; rows of the other partitions are moved into it, and those are dropped."""
    listed = ", ".join(map(quote_identifier, columns))
    moved = f"INSERT INTO {old.quoted} ({listed}) OVERRIDING SYSTEM VALUE SELECT {listed} FROM {table.quoted}"
    detach = f"ALTER TABLE {table.quoted} DETACH PARTITION {old.quoted}"
    return "\n".join(
        [
            _declare(table, old, optional=True),
            _index_names("was", "becomes"),
            *_begin(),
            *_lines([detach, moved, _renamed(table, whole), _renamed(old, table)]),
            _LATER_DONE,
            f"    DROP TABLE {whole.quoted};",
            _identities_made(table),
            _LAST,
        ]
    )  # fmt: skip


def exchange(
    table: TableName, whole: TableName, old: TableName, first: Sequence[str], names: Sequence[str], ends: Sequence[str]
) -> str:
    """A copy takes the table's name, which stays beside it as `old`."""
    return "\n".join(
        [
            _declare(table, whole),
            *_lines(first),
            *_begin(),
            _identities_moved(),
            *_lines([_renamed(table, old), _renamed(whole, table), *names]),
            _LATER_DONE,
            *_lines(ends),
            _LAST,
        ]
    )  # fmt: skip


def exchange_back(
    table: TableName, whole: TableName, old: TableName, first: Sequence[str], names: Sequence[str]
) -> str:
    """The old table is the table again."""
    dropped = """    FOR each IN SELECT * FROM jsonb_to_recordset(identities) AS i("column" name) LOOP
      EXECUTE format('ALTER TABLE %s ALTER %I DROP IDENTITY', was::text, each."column");
    END LOOP;"""
    return "\n".join(
        [
            _declare(table, old, optional=True),
            *_lines(first),
            *_begin(),
            *_lines([_renamed(table, whole), _renamed(old, table), *names]),
            dropped,
            _identities_made(table),
            _LATER_DONE,
            _LAST,
        ]
    )  # fmt: skip


def _declare(was: TableName, becomes: TableName, *, optional: bool = False) -> str:
    """`optional`: where the other is not there, there is nothing to take back."""
    return _DECLARE.format(
        was=literal(was.quoted),
        becomes=literal(becomes.quoted),
        guard=_GUARD if optional else "",
        was_name=was.quoted,
        becomes_name=becomes.quoted,
        wait_ms=WAIT_MS,
        again="" if optional else _AGAIN,
    )


def _begin() -> list[str]:
    """What names the table is kept as text, triggers go, rights and sequences are given on."""
    triggers = """SELECT format('DROP TRIGGER %I ON %s', tgname, was::text) FROM pg_trigger
     WHERE tgrelid = was AND NOT tgisinternal AND tgparentid = 0"""
    return [
        f"    texts := ARRAY({LATER});",
        _each(triggers),
        _each(RIGHTS),
        _IDENTITIES.lstrip("\n"),
    ]


def _each(query: str) -> str:
    return f"    FOR one IN {query.strip()} LOOP\n      EXECUTE one;\n    END LOOP;"


def _lines(statements: Sequence[str]) -> list[str]:
    return [f"    {one};" for one in statements]


def _renamed(table: TableName, to: TableName) -> str:
    return f"ALTER TABLE {table.quoted} RENAME TO {quote_identifier(to.name)}"


def _identities_moved() -> str:
    """The whole counts on where the table was; a partition has no count of its own."""
    return """    FOR each IN SELECT * FROM jsonb_to_recordset(identities)
        AS i("column" name, name name, at bigint, is_called boolean) LOOP
      PERFORM setval(pg_get_serial_sequence(becomes::text, each."column")::regclass, each.at, each.is_called);
      EXECUTE format('ALTER TABLE %s ALTER %I DROP IDENTITY', was::text, each."column");
      one := pg_get_serial_sequence(becomes::text, each."column");
      EXECUTE format('ALTER SEQUENCE %s RENAME TO %I', one, each.name);
    END LOOP;"""


def _identities_made(table: TableName) -> str:
    return f"""    FOR each IN SELECT * FROM jsonb_to_recordset(identities)
        AS i("column" name, kind text, name name, at bigint, is_called boolean) LOOP
      EXECUTE format('ALTER TABLE %s ALTER %I ADD GENERATED %s AS IDENTITY', {literal(table.quoted)}, each."column",
                     CASE each.kind WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END);
      one := pg_get_serial_sequence({literal(table.quoted)}, each."column");
      PERFORM setval(one::regclass, each.at, each.is_called);
      IF (SELECT relname FROM pg_class WHERE oid = one::regclass) <> each.name THEN
        EXECUTE format('ALTER SEQUENCE %s RENAME TO %I', one, each.name);
      END IF;
    END LOOP;"""


def _index_names(whole: str, part: str) -> str:
    """An index of the whole and its part in the partition change names, by way of one that nothing has."""
    return f"""    FOR each IN
      SELECT x.indexrelid AS whole, p.relname AS whole_name, c.oid AS part, c.relname AS part_name
      FROM pg_index x JOIN pg_class p ON p.oid = x.indexrelid JOIN pg_inherits i ON i.inhparent = x.indexrelid
      JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_index y ON y.indexrelid = c.oid AND y.indrelid = {part}
     WHERE x.indrelid = {whole} LOOP
      EXECUTE format('ALTER INDEX %s RENAME TO %I', each.part::regclass, 'plimsoll_' || each.part);
      EXECUTE format('ALTER INDEX %s RENAME TO %I', each.whole::regclass, each.part_name);
      EXECUTE format('ALTER INDEX %s RENAME TO %I', each.part::regclass, each.whole_name);
    END LOOP;"""
