"""SQL that makes the tags of the rows which a statement touched, from its transition tables. Pure.

Most statements change one row and no key: those are told by a query of their own, which has fewer tags to make and
nothing to count. What a query costs is mostly setting up each function that is named in it, once for a statement.

Where a template says `when`, an update's old and new row are held against each other: of one row as they are, of more
those with one primary key. By their bytes (`*=`), which calls no function of a type that somebody made, and takes 1.0
and 1.00 for a change. What cannot be paired, since there is no key or it was changed, is told.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from plimsoll.changes.changelog_sql import ROWS_MAX
from plimsoll.changes.literals import literal
from plimsoll.changes.watch import ColumnFact, TableFact, Watch
from plimsoll.core.identifiers import quote_identifier
from plimsoll.core.tag import KEY_CHARACTERS_MAX, NULL, Template, table_tag, whole

CROWD_MAX: Final = 10_000  # rows up to which distinct tags are looked for: some 2 ms for each template
SERVERS_OWN: Final = {  # by number: types that nobody can make anew, and no cast of anybody else's leads from
    16: "bool", 19: "name", 20: "int8", 21: "int2", 23: "int4", 25: "text", 1043: "varchar", 2950: "uuid",
}  # fmt: skip
WIDTHS: Final = {"integer": 20, "boolean": 5, "uuid": 36}  # characters at most; others have no bound worth knowing


def named_columns(watch: Watch, fact: TableFact) -> frozenset[str]:
    """All that the SQL reads: where one of them is not what it was, whole families are written."""
    keys = {name for template in watch.templates for name in template.columns}
    told = [template.when for template in watch.templates if template.when is not None]
    return frozenset(keys.union(*told, _identity(fact) if told else ()))


def tags_sql(watch: Watch, fact: TableFact, operation: str) -> str:
    """SELECTs that put tags into `found`, NULL if no row was touched; above two rows, how many into `touched`."""
    sources = {"insert": ("new_rows",), "delete": ("old_rows",), "update": ("old_rows", "new_rows")}[operation]
    own = literal(table_tag(watch.table))
    if not watch.templates:
        exists = " OR ".join(f"EXISTS (SELECT FROM {source})" for source in sources)
        return f"SELECT ARRAY[{own}]::text[] INTO found WHERE {exists};"
    kinds = {one.name: one for one in fact.columns}
    columns = [kinds[name] for name in dict.fromkeys(n for template in watch.templates for n in template.columns)]
    told = [one for one in watch.templates if one.when is not None and operation == "update"]
    always = [one for one in watch.templates if one not in told]
    identity = [kinds[name] for name in _identity(fact)]
    paired = f"""
                IF touched <= most THEN
                    {_of_changed(told, columns, identity)};
                END IF;"""
    crowded = f"""
                IF touched > most THEN
                    IF NOT EXISTS (SELECT FROM {sources[0]} OFFSET {CROWD_MAX}) THEN
                        {_of_crowd(watch, fact, sources, own)};
                    END IF;
                END IF;"""
    return f"""{_of_one(always, told, columns, sources, own)};
            IF found IS NULL THEN
                {
        _of_many(always if identity else watch.templates, columns, sources, own, grouped=_are_few(columns, fact))
    };{paired if told and identity else ""}{crowded if any(_is_shared(one, fact) for one in watch.templates) else ""}
            END IF;"""


def _of_one(
    always: Sequence[Template],
    told: Sequence[Template],
    columns: Sequence[ColumnFact],
    sources: Sequence[str],
    own: str,
) -> str:
    """For one row whose keys are what they were.

    The first side is counted: an update has no more new rows than old ones, but fewer where a row that goes to another
    partition is refused there by a trigger. Each side stands behind LIMIT: a session keeps the plan of its first
    statement, and that of thousands of rows joined with as many would be compiled (jit) for each row written later.
    """
    row = sources[-1]
    values = {one.name: f"{row}.{quote_identifier(one.name)}" for one in columns}
    tags = ", ".join([*(_tag(template, values, columns) for template in always), own])
    cases = [
        f"CASE WHEN NOT {_image(when, 'old_rows')} *= {_image(when, 'new_rows')} "
        f"THEN {_tag(template, values, columns)} END"
        for template in told
        if (when := _beside_key(template))
    ]
    found = f"array_remove(ARRAY[{', '.join([tags, *cases])}]::text[], NULL)" if cases else f"ARRAY[{tags}]::text[]"
    kept = [f" AND {_kept(one)}" for one in columns] if len(sources) > 1 else []
    names = dict.fromkeys([*(one.name for one in columns), *(name for one in told for name in _beside_key(one))])
    named = ", ".join(map(quote_identifier, names))
    single = ", ".join(f"(SELECT {named} FROM {source} LIMIT 1) {source}" for source in sources)
    return f"""SELECT {found} INTO found FROM {single}
                WHERE NOT EXISTS (SELECT FROM {sources[0]} OFFSET 1) AND {_typed(values, columns)}{"".join(kept)}"""


def _of_many(
    templates: Sequence[Template], columns: Sequence[ColumnFact], sources: Sequence[str], own: str, *, grouped: bool
) -> str:
    """For rows of any number; what stands above `most` is for whole families.

    As plain as it can be: sorting tags of one row costs as much again. Where rows that are alike are `grouped`, each
    tag is made once: of a file's hundred lines that takes two fifths of the time.
    """
    values = {one.name: f"r.c{number}" for number, one in enumerate(columns)}
    rows = " UNION ALL ".join(f"SELECT {_taken(columns)} FROM {source} r" for source in sources)
    most = ROWS_MAX * len(sources)
    made = [f"array_agg({_tag(template, values, columns)})" for template in templates]
    tags = f"{' || '.join(made)} || {own}::text" if made else f"ARRAY[{own}]::text[]"
    taken, counted = f"{rows} LIMIT {most + 1}", "count(*)"
    if grouped:
        names = ", ".join(f"c{number}" for number in range(len(columns)))
        taken, counted = f"SELECT {names}, count(*) AS n FROM ({taken}) r GROUP BY {names}", "sum(r.n)"
    return f"""SELECT {counted}, {most}, {tags} INTO touched, most, found
                FROM ({taken}) r WHERE {_typed(values, columns)} HAVING count(*) > 0"""


def _of_changed(told: Sequence[Template], columns: Sequence[ColumnFact], identity: Sequence[ColumnFact]) -> str:
    """Adds tags of the rows, old and new, with one primary key, unless they are two that are alike.

    That is exact: where an old and a new row are alike in key and columns, there is afterwards what there was before.
    """
    columns = [*columns, *(one for one in identity if one not in columns)]
    values = {one.name: f"r.c{number}" for number, one in enumerate(columns)}
    images = ", ".join(
        f"{_image((*template.columns, *_beside_key(template)), 'r')} AS w{number}"
        for number, template in enumerate(told)
    )
    rows = " UNION ALL ".join(
        f"SELECT {old} AS old, {_taken(columns)}, {images} FROM {source} r"
        for old, source in (("true", "old_rows"), ("false", "new_rows"))
    )
    pair = "count(*) = 2 AND count(*) FILTER (WHERE r.old) = 1"
    tags = " || ".join(
        f"CASE WHEN {pair} AND (array_agg(r.w{number}))[1] *= (array_agg(r.w{number}))[2] THEN '{{}}'::text[] "
        f"ELSE array_agg({_tag(template, values, columns)}) END"
        for number, template in enumerate(told)
    )
    key = " || '/' || ".join(_part(values[one.name], one) for one in identity)
    return f"""found := found || ARRAY(SELECT unnest({tags})
                        FROM ({rows} LIMIT {2 * ROWS_MAX}) r WHERE {_typed(values, columns)}
                        GROUP BY ({key}) COLLATE "C")"""


def _of_crowd(watch: Watch, fact: TableFact, sources: Sequence[str], own: str) -> str:
    """For more rows than get tags of their own, which may have few in common: those of one order, of one tenant."""
    few = [
        f"(SELECT CASE WHEN count(*) > {ROWS_MAX} THEN ARRAY[{literal(whole(one.family))}] ELSE array_agg({tag}) END "
        f"FROM ({distinct}) d)"
        for one in watch.templates
        if _is_shared(one, fact)
        for distinct, tag in [_distinct(one, fact, sources)]
    ]
    families = [literal(whole(one.family)) for one in watch.templates if not _is_shared(one, fact)]
    return f"shared := {' || '.join(few)} || ARRAY[{', '.join([*families, own])}]::text[]"


def _distinct(template: Template, fact: TableFact, sources: Sequence[str]) -> tuple[str, str]:
    """SQL for what the rows have in the template's columns, one more than counts, and for its tag. Texts are told
    apart by their bytes: a collation may call different ones equal."""
    columns = [one for one in fact.columns if one.name in template.columns]
    raw = {one.name: f"r.c{number}" for number, one in enumerate(columns)}
    told = ", ".join(
        f"r.c{number} AS c{number}" if one.kind in WIDTHS else f'r.c{number}::text COLLATE "C" AS c{number}'
        for number, one in enumerate(columns)
    )
    rows = " UNION ALL ".join(f"SELECT {_taken(columns)} FROM {source} r" for source in sources)
    distinct = (
        f"SELECT DISTINCT {told} FROM ({rows} LIMIT {CROWD_MAX * len(sources)}) r WHERE {_typed(raw, columns)} "
        f"LIMIT {ROWS_MAX + 1}"
    )
    return distinct, _tag(template, {one.name: f"d.c{number}" for number, one in enumerate(columns)}, columns)


def _is_shared(template: Template, fact: TableFact) -> bool:
    """Whether rows may have its tag in common, and are cheaply told apart: neither a primary key, nor of types whose
    numbers would have to be looked at row by row."""
    types = {one.name: one.type for one in fact.columns}
    keyed = bool(fact.key) and {*fact.key} <= {*template.columns}
    return not keyed and all(types[name] in SERVERS_OWN for name in template.columns)


def _are_few(columns: Sequence[ColumnFact], fact: TableFact) -> bool:
    """Whether rows may be alike in all of these columns, and what is alike is equal to the byte."""
    names = {one.name for one in columns}
    keyed = bool(fact.key) and {*fact.key} <= names
    return not keyed and all(one.type in SERVERS_OWN and one.kind in WIDTHS for one in columns)


def _identity(fact: TableFact) -> tuple[str, ...]:
    """The primary key, if its values can be told apart as those of keys are; else nothing."""
    kinds = {one.name: one.kind for one in fact.columns}
    return fact.key if all(kinds[name] for name in fact.key) else ()


def _beside_key(template: Template) -> tuple[str, ...]:
    return tuple(name for name in template.when or () if name not in template.columns)


def _image(names: Iterable[str], source: str) -> str:
    return f"ROW({', '.join(f'{source}.{quote_identifier(name)}' for name in names)})::record"


def _taken(columns: Sequence[ColumnFact]) -> str:
    return ", ".join(f"r.{quote_identifier(one.name)} AS c{number}" for number, one in enumerate(columns))


def _tag(template: Template, values: Mapping[str, str], columns: Sequence[ColumnFact]) -> str:
    """SQL for the tag of a row whose columns are `values`."""
    kinds = {one.name: one for one in columns}
    key = " || '/' || ".join(_part(values[name], kinds[name]) for name in template.columns)
    if _width(template, kinds) > KEY_CHARACTERS_MAX:
        key = f"plimsoll_changes.tag_key({key})"
    return f"{literal(template.family + ':')} || {key}"


def _part(value: str, column: ColumnFact) -> str:
    """SQL for a value in a key, if its type is still that of the column when it was watched.

    The function runs as who installed it: another type might bring a cast of somebody else's, never to be called.
    """
    if column.type in SERVERS_OWN and column.kind in WIDTHS:
        return f"coalesce({value}::text, '{NULL}')"
    made = f"plimsoll_changes.tag_{column.kind}({value})"
    if column.type in SERVERS_OWN:
        return made
    return f"CASE WHEN pg_typeof({value}) = {column.type}::regtype THEN {made} ELSE plimsoll_changes.tag_lost() END"


def _typed(values: Mapping[str, str], columns: Sequence[ColumnFact]) -> str:
    """SQL that is true, and no statement unless each column of a type of the server's own has it still.

    So it is told when a statement is read, and costs nothing afterwards: the planner leaves out what stands beside
    `true`. Types of others may be made anew under their names: only their numbers tell, and these row by row.
    """
    alike = [
        f"plimsoll_changes.alike({values[one.name]}, NULL::{SERVERS_OWN[one.type]})"
        for one in columns
        if one.type in SERVERS_OWN
    ]
    return f"(true OR {' OR '.join(alike)})" if alike else "true"


def _kept(column: ColumnFact) -> str:
    """SQL for that an update left a key's column as it was, to the byte."""
    old, new = (f"{source}.{quote_identifier(column.name)}" for source in ("old_rows", "new_rows"))
    if column.type not in SERVERS_OWN:
        old, new = (_part(value, column) for value in (old, new))
    if column.kind not in WIDTHS:
        old, new = (f'{value}::text COLLATE "C"' for value in (old, new))
    return f"{old} IS NOT DISTINCT FROM {new}"


def _width(template: Template, kinds: Mapping[str, ColumnFact]) -> int:
    return sum(1 + WIDTHS.get(kinds[name].kind, KEY_CHARACTERS_MAX) for name in template.columns)
