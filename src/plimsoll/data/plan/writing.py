"""A seed plan to begin with: the schema as it was understood, each column with what could be said of it. Pure.

Only the numbers of rows hold. What could be said of columns is written as comments, right as it stands without the
marks; there is none for keys and what checks compare, for what a plan decides is no longer arranged with the rest.
"""

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import polars as pl

from plimsoll.core.schema import Column, ForeignKey, Table
from plimsoll.data.checks import partition_domains, solve
from plimsoll.data.deciding.indexed import predicate_domains
from plimsoll.data.deciding.keying import mentioned
from plimsoll.data.deciding.linking import SKEW
from plimsoll.data.domain import Domain, Unsatisfiable
from plimsoll.data.meaning.judging import Meaning, meaning_of
from plimsoll.data.plan.values import SeedPlan
from plimsoll.data.rows.timing import MOMENTS
from plimsoll.data.writing.fill import TableFill

SAMPLE_ROWS: Final = 200
CHOICES_MAX: Final = 20
ADDRESS_MAX: Final = 30  # characters of user{n}@example.com
HEAD: Final = """\
# The schema as plimsoll seed understood it. Lines in comments are what could be said of a column: take the mark away
# and change them. Whatever is left out is filled by its name, its type and its constraints.
# Every key is in the reference of the seed plan, docs/reference/seed-plan.md.

"""
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_NUMBERS: Final = ("int2", "int4", "int8", "numeric", "float4", "float8", "money")
_TEXTS: Final = ("text", "varchar", "bpchar", "citext")
_WORDS: Final = {Meaning.TITLE: 4, Meaning.SENTENCE: 12, Meaning.PARAGRAPH: 50}  # median number of words
_BORN: Final = (Meaning.CREATED_AT,)


def write_plan(plan: SeedPlan, tables: Sequence[TableFill]) -> str:
    """The TOML of a plan that reads back and fills these tables, in their order, with as many rows."""
    names = [fill.table.name.name for fill in tables]
    top = f"now = {plan.now.isoformat()}Z\nseed = {plan.seed}\nrows = {plan.rows}\n"
    return HEAD + top + "".join(_table(fill, alone=names.count(fill.table.name.name) == 1) for fill in tables)


def _table(fill: TableFill, *, alone: bool) -> str:
    name = fill.table.name
    key = toml_key(name.name if alone and name.schema == "public" else f"{name.schema}.{name.name}")
    lines = [f"\n[tables.{key}]", f"rows = {fill.rows}", *_groups(fill.table), f"[tables.{key}.columns]"]
    sampled = fill.frame(np.arange(min(fill.rows, SAMPLE_ROWS)))
    choices, free = _choices(fill.table), _free(fill.table)
    for column in fill.table.columns:
        if column.name in sampled.columns:
            listed = choices.get(column.name, ())
            said = _suggestion(fill.table, column, sampled[column.name], listed, free.get(column.name))
            said += _share_of_nulls(column, said, sampled[column.name])
            lines.append(_line(column, said, _understood(fill.table, column, listed)))
    return "\n".join(lines) + "\n"


def _groups(table: Table) -> Iterator[str]:
    """Rows counted within a parent's, where a unique key says so."""
    keys = {key.columns[0]: key for key in table.foreign_keys if len(key.columns) == 1}
    for unique in table.uniques:
        inside = [name for name in unique.columns if name in keys]
        if len(unique.columns) > 1 and inside:
            yield f"# per = {toml_text(str(inside[0]))}"
            yield "# size = { lognormal = { median = 4, sigma = 1 } }"
            return


def _line(column: Column, said: str, understood: str) -> str:
    return f"# {toml_key(column.name)} = {{ {said} }}  # {understood}" if said else f"# {column.name}: {understood}"


def _understood(table: Table, column: Column, choices: Sequence[str]) -> str:
    """Its type, and what it was taken for."""
    meaning, foreign = None if choices else meaning_of(table, column), _foreign(table, column)
    said = [column.type.name]
    said += [f"refers to {foreign.referenced}"] if foreign else [] if meaning is None else [meaning.replace("_", " ")]
    said += ["counted by the database's sequence"] if column.sequence else []
    return " ".join(", ".join(said).split())


def _free(table: Table) -> dict[str, Domain]:
    """What holds for the columns that nothing but their own values bears on: no key, no check of several columns."""
    try:
        solution = solve({one.name: one.type for one in table.columns}, table.checks)
    except Unsatisfiable:
        return {}
    bound = {name for unique in table.uniques for name in mentioned(table, unique)}
    bound |= {name for unique in table.uniques if unique.predicate for name in predicate_domains(table, unique)}
    bound |= {one for exclusion in table.exclusions for one, _ in exclusion.elements}
    bound |= {name for check in solution.unsolved for name in check.columns}
    bound |= {name for check in table.checks if len(check.columns) > 1 for name in check.columns}
    bound |= {one.name for one in table.columns if one.type.checks}
    domains = dict(solution.domains)
    if table.partitioning is not None:
        domains |= partition_domains(table.partitioning, {one.name: one.type for one in table.columns})[0]
    return {one.name: domains.get(one.name, Domain()) for one in table.columns if one.name not in bound}


def _suggestion(table: Table, column: Column, sampled: pl.Series, choices: Sequence[str], domain: Domain | None) -> str:
    """A plan for the column as TOML, right as it stands; nothing where there is none. `domain` is that of `_free`."""
    foreign, kind = _foreign(table, column), column.type
    if foreign is not None:
        return f"zipf = {SKEW}" if foreign.referenced != table.name and len(foreign.columns) == 1 else ""
    if column.sequence or kind.kind not in ("base", "enum"):
        return ""
    if meaning_of(table, column) is Meaning.EMAIL and _takes_addresses(table, column, domain):
        return 'template = "user{n}@example.com"'
    if domain is None:
        return ""
    if choices:
        return f"values = {{ {', '.join(f'{toml_key(choice)} = 1' for choice in choices)} }}"
    if kind.base in MOMENTS:
        return "" if domain.intervals or domain.low or domain.high else _moments(table, column)
    if kind.base in _NUMBERS:
        return _numbers(sampled)
    plain = replace(domain, length_max=None, not_null=False) == Domain()
    return _text(table, column) if kind.base in _TEXTS and plain else ""


def _share_of_nulls(column: Column, said: str, sampled: pl.Series) -> str:
    """Of an event, how many rows it has not come to: a plan that states its time states that, too."""
    share = sampled.null_count() / max(len(sampled), 1)
    return f", null = {share:.2g}" if said.startswith("after") and column.nullable and 0 < share < 1 else ""


def _takes_addresses(table: Table, column: Column, domain: Domain | None) -> bool:
    """Whether it takes addresses that differ, of up to so many characters, though it may be a key by itself."""
    alone = all(unique.columns == (column.name,) for unique in table.uniques if column.name in mentioned(table, unique))
    tried = any(column.name in check.columns for check in table.checks) or bool(column.type.checks)
    roomy = column.type.length is None or column.type.length >= ADDRESS_MAX
    return column.type.base in _TEXTS and roomy and alone and (domain == Domain() or not tried)


def _moments(table: Table, column: Column) -> str:
    if meaning_of(table, column) is Meaning.BIRTH_DATE:
        return 'time = { from = "-25000d", to = "-6600d" }'
    born = next((one.name for one in table.columns if meaning_of(table, one) in _BORN), None)
    if born is None or born == column.name:
        return 'time = { from = "-365d", to = "now", growth = 2 }'
    return f'after = {toml_text(born)}, delay = {{ lognormal = {{ median = "1d", sigma = 1.5 }} }}'


def _numbers(sampled: pl.Series) -> str:
    """The shape of the values that would be made."""
    known = sampled.drop_nulls().cast(pl.Float64, strict=False).drop_nulls().to_numpy()
    if not len(known) or not np.isfinite(known).all() or np.abs(known).max() > 1e17:
        return ""
    low, median, high = (float(f"{value:.3g}") for value in (known.min(), np.median(known), known.max()))
    if known.min() > 0 and high > 4 * median:
        sigma = min(3.0, max(0.1, float(np.std(np.log(known)))))
        return f"number = {{ lognormal = {{ median = {_said(median)}, sigma = {sigma:.2g} }}, max = {_said(high)} }}"
    return f"number = {{ uniform = {{ low = {_said(low)}, high = {_said(max(low, high))} }} }}"


def _said(number: float) -> str:
    return f"{number:.0f}" if math.isclose(number, round(number)) and abs(number) < 1e15 else repr(number)


def _text(table: Table, column: Column) -> str:
    meaning = meaning_of(table, column)
    if meaning in _WORDS:
        return f"words = {{ lognormal = {{ median = {_WORDS[meaning]}, sigma = 0.6 }} }}"
    return ""


def _foreign(table: Table, column: Column) -> ForeignKey | None:
    """The narrowest foreign key that the column belongs to."""
    return min((key for key in table.foreign_keys if column.name in key.columns), key=_breadth, default=None)


def _breadth(key: ForeignKey) -> int:
    return len(key.columns)


def _choices(table: Table) -> dict[str, tuple[str, ...]]:
    """What enums, booleans and lists in checks allow, by column; of long lists nothing."""
    found = {one.name: one.type.labels for one in table.columns if one.type.kind == "enum"}
    found |= {one.name: ("true", "false") for one in table.columns if one.type.base == "bool"}
    try:
        domains = solve({one.name: one.type for one in table.columns}, table.checks).domains
    except Unsatisfiable:
        domains = {}
    found |= {name: domain.choices for name, domain in domains.items() if domain.choices is not None}
    return {name: choices for name, choices in found.items() if 0 < len(choices) <= CHOICES_MAX}


def toml_key(name: str) -> str:
    return name if _BARE.fullmatch(name) else toml_text(name)


def toml_text(text: str) -> str:
    """A basic string: as JSON's, but for DEL, which TOML wants escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
