"""What keeps two tables alike while one is copied into the other: a trigger's function, the copying in small
transactions, and the look whether both are alike. Pure."""

from collections.abc import Sequence
from typing import Final

from plimsoll.core.identifiers import TableName, quote_identifier
from plimsoll.tune.beyond.partitions.blocks import WAIT_MS
from plimsoll.tune.beyond.partitions.empty import listed, oid
from plimsoll.tune.beyond.partitions.names import ending
from plimsoll.tune.migrating.catalog_checks import literal

BATCH: Final = 10_000  # rows of one transaction; they are locked against changes while it lasts
PAUSE_S: Final = 0.02  # between two of them, for others


def keeping(function: TableName, target: TableName, key: Sequence[str], columns: Sequence[str]) -> str:
    """The function of a trigger that does to the target what is done to the table. It acts as its owner: who may write
    to the one need not have rights on the other."""
    old = ", ".join(f"OLD.{quote_identifier(one)}" for one in key)
    new = ", ".join(f"NEW.{quote_identifier(one)}" for one in columns)
    return f"""CREATE OR REPLACE FUNCTION {function.quoted}() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $plimsoll$
  BEGIN
    IF TG_OP = 'TRUNCATE' THEN
      TRUNCATE {target.quoted};
      RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
      DELETE FROM {target.quoted} WHERE ({listed(key)}) = ({old});
    END IF;
    IF TG_OP <> 'DELETE' THEN
      INSERT INTO {target.quoted} ({listed(columns)}) OVERRIDING SYSTEM VALUE VALUES ({new});
    END IF;
    RETURN NULL;
  END $plimsoll$"""


def kept(table: TableName, function: TableName) -> list[str]:
    """The triggers that call it; they fire for a subscription's changes, too."""
    rows, whole = map(quote_identifier, _triggers(function))
    each = f"CREATE TRIGGER {rows} AFTER INSERT OR UPDATE OR DELETE ON {table.quoted} FOR EACH ROW"
    return [
        f"{each} EXECUTE FUNCTION {function.quoted}()",
        f"CREATE TRIGGER {whole} AFTER TRUNCATE ON {table.quoted} EXECUTE FUNCTION {function.quoted}()",
        f"ALTER TABLE {table.quoted} ENABLE ALWAYS TRIGGER {rows}, ENABLE ALWAYS TRIGGER {whole}",
    ]


def is_kept(table: TableName, function: TableName, step: int) -> str:
    """Whether so many steps of `kept` are done."""
    rows, whole = map(literal, _triggers(function))
    wanted = {0: f"tgname = {rows}", 1: f"tgname = {whole}", 2: f"tgname = {whole} AND tgenabled = 'A'"}[step]
    return f"SELECT EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = {oid(table)} AND {wanted})"


def _triggers(function: TableName) -> tuple[str, str]:
    return function.name, ending(function.name, "all")


def released(table: TableName, function: TableName) -> list[str]:
    return [f"DROP TRIGGER IF EXISTS {quote_identifier(name)} ON {table.quoted}" for name in _triggers(function)]


def owned(table: TableName, whole: TableName, functions: Sequence[TableName]) -> str:
    """The copy and the functions belong to whom the table does."""
    given = "\n".join(f"    EXECUTE format('ALTER FUNCTION {one.quoted}() OWNER TO %I', owner);" for one in functions)
    return f"""DO $plimsoll$
  DECLARE
    owner name := (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = {literal(table.quoted)}::regclass);
    one record;
  BEGIN{_done(whole)}
    FOR one IN SELECT relid FROM pg_partition_tree(to_regclass({literal(whole.quoted)})) LOOP
      EXECUTE format('ALTER TABLE %s OWNER TO %I', one.relid::regclass, owner);
    END LOOP;
{given}
  END $plimsoll$"""


def copied(table: TableName, whole: TableName, key: Sequence[str], columns: Sequence[str]) -> str:
    """In the order of the key, each batch in a transaction of its own. Rows are locked against changes while they are
    copied, so that none comes that has just been changed or deleted. What is behind the last key of the beginning is
    the trigger's, or there would be no end."""
    last, top = [[f"{name}_{number}" for number in range(1, len(key) + 1)] for name in ("last", "top")]
    declared = "\n".join(
        f"    {name} {table.quoted}.{quote_identifier(one)}%TYPE;"
        for names in (last, top)
        for name, one in zip(names, key, strict=True)
    )
    descending = ", ".join(f"{quote_identifier(one)} DESC" for one in key)
    greatest = f"SELECT {listed(key)} INTO {', '.join(top)} FROM {table.quoted} ORDER BY {descending} LIMIT 1"
    until = f"WHERE ({listed(key)}) <= ({_places(len(key) + 1, len(key))})"
    batch = (
        f"WITH batch AS (SELECT * FROM {table.quoted} %s ORDER BY {listed(key)} LIMIT {BATCH} FOR SHARE), copied AS "
        f"(INSERT INTO {whole.quoted} ({listed(columns)}) OVERRIDING SYSTEM VALUE SELECT {listed(columns)} FROM batch "
        f"ON CONFLICT DO NOTHING) SELECT {listed(key)} FROM batch ORDER BY {descending} LIMIT 1"
    )
    return f"""DO $plimsoll$
  DECLARE
{declared}
    places text := {literal(until)};
  BEGIN{_done(whole)}
    PERFORM set_config('row_security', 'off', true);
    {greatest};
    LOOP
      PERFORM set_config('row_security', 'off', true), set_config('lock_timeout', '{WAIT_MS}', true);
      BEGIN
        EXECUTE format({literal(batch)}, places) INTO {", ".join(last)} USING {", ".join([*last, *top])};
        EXIT WHEN last_1 IS NULL;
        places := {literal(f"{until} AND ({listed(key)}) > ({_places(1, len(key))})")};
      EXCEPTION WHEN lock_not_available THEN
        NULL;  -- the same batch again
      END;
      COMMIT;
      PERFORM pg_sleep({PAUSE_S});
    END LOOP;
  END $plimsoll$"""


def _places(first: int, count: int) -> str:
    return ", ".join(f"${number}" for number in range(first, first + count))


def alike(table: TableName, whole: TableName) -> str:
    """Fails where both do not have the same rows, as one snapshot shows them; the planner knows the copy then."""
    sums = "SELECT count(*) AS rows, sum(hashtextextended(r::text, 0)::numeric) AS sum FROM {} AS r"
    return f"""DO $plimsoll$
  BEGIN{_done(whole)}
    PERFORM FROM ({sums.format(table.quoted)}) AS a, ({sums.format(whole.quoted)}) AS b
      WHERE a.rows = b.rows AND a.sum IS NOT DISTINCT FROM b.sum;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'the copy has other rows than the table';
    END IF;
    ANALYZE {whole.quoted};
  END $plimsoll$"""


def _done(whole: TableName) -> str:
    """Once it has the table's name there is nothing to do."""
    return f"""
    IF to_regclass({literal(whole.quoted)}) IS NULL THEN
      RETURN;
    END IF;"""
