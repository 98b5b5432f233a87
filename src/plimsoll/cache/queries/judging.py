"""Whether a statement may be cached, and by which tags. Pure.

What it reads is told by the locks that its analysis took, views, policies and what the planner then left out included.
Row tags come from the plan: where a scan gives only rows whose columns of a template are held to one value, what the
statement answers depends on that table by rows of that key alone, whatever is done to them above the scan. A row that
comes, goes or changes its key writes the tags of what it was and of what it is.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from plimsoll.cache.queries.conjuncts import Kind, Value, constant_texts, equalities, fits
from plimsoll.cache.queries.facts import Catalog, Held, Judgement, Relation, RowTag, Watched
from plimsoll.cache.queries.plans import Plan, Scan
from plimsoll.cache.queries.refusing import all_words, objections
from plimsoll.core.identifiers import TableName
from plimsoll.core.tag import Template, table_tag

_ALIAS_BYTES_MAX: Final = 50  # a longer one may have been cut by the server
_READ_AS_DATE: Final = re.compile(r"::(?:date|time)")


def judge(sql: str, plan: Plan, catalog: Catalog, trusted: frozenset[str] = frozenset()) -> Judgement:
    """Of a statement whose analysis gave this. `trusted` are functions, "schema.name", that rest on nothing but their
    arguments and what the caller names."""
    refused = next(objections(sql, plan, catalog, trusted), "")
    if refused:
        return Judgement(refused)
    said = all_words(sql, plan, catalog)
    about = _About(
        plan,
        catalog,
        frozenset(name.casefold() for _, name in said.calls),
        texts=not (catalog.odd_collations and "collate" in said.bare),
    )
    tables, rows = set[str](), dict[RowTag, None]()
    for root, members in _roots(catalog):
        scans = [one for one in plan.scans if TableName(one.schema, one.name) in members]
        for found in (_row_tag(one, root, members, about) for one in scans) if scans else [None]:
            if found is None:
                tables.add(table_tag(root.table))
            else:
                rows[found] = None
    moments = any(_READ_AS_DATE.search(text) for text in (sql, *plan.expressions))
    settings = {one.value.text for row in rows for one in row.held if one.value.source == "setting"} | said.settings
    return Judgement("", frozenset(tables), tuple(rows), tuple(sorted(settings)), moments)


class _About(NamedTuple):
    """`hidden`: aliases that may have columns of their own, `orders o(a, b)`: a plan does not say then which columns it
    means. `texts`: whether equal texts are one key, which COLLATE, that a plan does not show, may change."""

    plan: Plan
    catalog: Catalog
    hidden: frozenset[str]
    texts: bool


def _roots(catalog: Catalog) -> Iterator[tuple[Watched, Mapping[TableName, Relation]]]:
    """Each watched table that is read, with its relations."""
    found: dict[TableName, tuple[Watched, dict[TableName, Relation]]] = {}
    for relation in catalog.relations:
        for root in catalog.watched.get(relation.table, ()):
            found.setdefault(root.table, (root, {}))[1][relation.table] = relation
    yield from found.values()


def _row_tag(scan: Scan, root: Watched, members: Mapping[TableName, Relation], about: _About) -> RowTag | None:
    """By the first template whose columns are all held; None: by the table only."""
    if about.plan.cut or about.catalog.odd_equals or not _is_plain(scan.alias, about.hidden):
        return None
    columns = members[TableName(scan.schema, scan.name)].columns
    held = equalities(scan.conditions, scan.alias)
    for template in root.templates:
        found = list(_held(template, held, columns, about))
        if len(found) == len(template.columns):
            return RowTag(template.family, tuple(found), table_tag(root.table))
    return None


def _held(
    template: Template, held: Mapping[str, Sequence[Value]], columns: Mapping[str, Kind], about: _About
) -> Iterator[Held]:
    for name in template.columns:
        kind = columns.get(name)
        if kind is None:
            return
        fit = [one for one in held.get(name, ()) if _is_sure(one, kind, about)]
        if fit:
            best = min(fit, key=lambda one: one.several)
            yield Held(best, kind, _type(best, about.catalog.parameters))


def _is_sure(value: Value, kind: Kind, about: _About) -> bool:
    if not fits(value, kind) or (kind == "text" and not about.texts):
        return False
    if value.source == "constant":
        return constant_texts(value, kind) is not None
    return value.source == "setting" or f"${value.text}" not in about.plan.outputs


def _type(value: Value, parameters: Sequence[str]) -> str:
    if value.source != "parameter":
        return ""
    number = int(value.text)
    return parameters[number - 1] if number <= len(parameters) else ""


def _is_plain(alias: str, hidden: frozenset[str]) -> bool:
    """The planner makes aliases unique by a number at their end."""
    bare = re.sub(r"(?:_\d+)+$", "", alias)
    return len(alias.encode()) <= _ALIAS_BYTES_MAX and hidden.isdisjoint({alias.casefold(), bare.casefold()})
