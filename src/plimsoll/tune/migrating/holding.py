"""Whether the reason for an index, or for dropping one, holds yet on the indexes that there are now. Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from plimsoll.core.sql.parsing import parsed
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.index import ExistingIndex, Index
from plimsoll.tune.migrating.naming import built_by
from plimsoll.tune.overlap import covers, same

_SCHEMA: Final = re.compile(r"""'(?:[^']|'')*'|(?:"(?:[^"]|"")+"|[^\W\d]\w*)\.(?=["\w])""")


def against_create(change: Change, there: Sequence[ExistingIndex]) -> str:
    """Somebody has built it meanwhile, by another name; "" where nobody has."""
    names = {one.name for one in built_by(change)}
    if change.index is None:
        return ""
    ours = ExistingIndex("", "", change.index, "")
    twin = next((one for one in there if one.valid and one.name not in names and _alike(one, ours)), None)
    return f"index {twin.name} is the same, and is there by now" if twin is not None else ""


def against_drop(change: Change, there: Sequence[ExistingIndex]) -> str:
    """What has changed since; "" where nothing has. One without a form takes back what we built."""
    advised = change.existing
    live = next((one for one in there if advised and (one.schema, one.name) == (advised.schema, advised.name)), None)
    if advised is None or live is None:
        return ""
    needs = [*([f"constraint {live.constraint} is kept by it"] if live.constraint else []), *live.needed_by]
    if needs:
        return f"index {live.name} is needed: {'; '.join(needs)}"
    return _changed(change.form, advised, live, there) if change.form else ""


def after(change: Change, there: Sequence[ExistingIndex]) -> list[ExistingIndex]:
    """The indexes that there are when the change is done."""
    gone = change.existing
    left = [one for one in there if gone is None or (one.schema, one.name) != (gone.schema, gone.name)]
    return [*left, *built_by(change)]


def _changed(form: str, advised: ExistingIndex, live: ExistingIndex, there: Sequence[ExistingIndex]) -> str:
    name = live.name
    if not _alike(live, advised):
        return f"index {name} is another one by now: {live.definition}"
    if form == "invalid" and live.valid:
        return f"index {name} is valid by now"
    if form == "unused" and live.scans > advised.scans:
        return f"index {name} was called unused, and has been scanned since"
    others = [one for one in there if one.valid and one is not live]
    if form in ("duplicate", "covered") and not any(same(one, live) or covers(one, live) for one in others):
        return f"no other index does any more what {name} does: what was to serve in its place is gone, or not valid"
    return ""


def _alike(one: ExistingIndex, other: ExistingIndex) -> bool:
    """The same, however parentheses, quotes and schemas are written: the server has its own ways, by search_path."""
    return same(replace(one, index=_plain(one.index)), replace(other, index=_plain(other.index)))


def _plain(index: Index) -> Index:
    keys = (
        replace(key, sql=key.column or _normal(key.sql), opclass=_bare(key.opclass), collation=_bare(key.collation))
        for key in index.keys
    )
    return replace(index, keys=tuple(keys), predicate=_normal(index.predicate))


def _normal(sql: str) -> str:
    """Its structure; the text where it cannot be read."""
    from sqlglot import exp

    tree = parsed(f"SELECT {_bare(sql)}") if sql else None
    if tree is None:
        return sql
    for name in tree.find_all(exp.Identifier):
        name.set("quoted", False)
    for paren in list(tree.find_all(exp.Paren)):
        paren.replace(paren.this)
    return repr(tree)


def _bare(sql: str) -> str:
    """Without the schemas of types, functions and operator classes; what is quoted as a text stays."""
    return _SCHEMA.sub(lambda found: found[0] if found[0].startswith("'") else "", sql)
